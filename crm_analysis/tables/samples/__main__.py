"""`python -m crm_analysis.tables.samples data` writes the sample files into the folder named."""

import sys

from crm_analysis.tables.samples import write_samples

for path in write_samples(sys.argv[1] if len(sys.argv) > 1 else "data"):
    print(f"{path} {path.stat().st_size:,} bytes")
