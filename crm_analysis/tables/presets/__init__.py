"""Exports of platforms known by their headings: what each column is, and what is a sale."""

from crm_analysis.tables.presets.preset import Preset, presets, recognise

__all__ = ["Preset", "presets", "recognise"]
