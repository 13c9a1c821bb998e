"""The roles a column can have: each is one entry here and one block of texts in roles.toml."""

from __future__ import annotations

from crm_analysis.tables.kinds import gates
from crm_analysis.tables.kinds.name_patterns import named
from crm_analysis.tables.kinds.role import Role

_ENTRIES = (
    Role(
        name="customer",
        type="id",
        kinds={"transactions": 1, "customers": 1, "contacts": 1, "feedback": 2},
        gate=gates.as_id,
        names=named(
            "unique id number code reference create billing",
            {
                97: "level+card+number level+card+id level+card",
                100: "customer+id customer+number customer+code customer+card customer+card+id",
                96: "customer customer+account",
                84: "account+id account+number account contact+customer+id contact+id",
                80: "card+id lead+id contact+customer",
                76: "company+id company+number company+code account+name",
                68: "customer+name contact+name card",
                73: "review+account review+customer review+customer+account",
                66: (
                    "email review+email review+customer+email email+billing email+customer "
                    "email+recipient email+contact customer+contact+email account+email"
                ),
                62: (
                    "phone phone+customer recipient contact phone+recipient phone+contact "
                    "customer+billing company+name company recipient+name lead"
                ),
                50: "id lead+name ship+customer",
            },
        ),
    ),
    Role(
        name="order",
        type="id",
        kinds={"transactions": 2},
        gate=gates.as_id,
        names=named(
            "customer unique id number code reference",
            {
                100: "order+id order+number order+code order+id+number",
                97: "sales+order sales+order+id sales+order+number",
                93: (
                    "order sales+id sales+number purchase+id purchase+number purchase+order "
                    "ticket+order"
                ),
                90: "order+reference order+name",
                72: "order+sub+id ticket+id ticket+number ticket",
                56: "pay+id pay+reference",
                45: "id",
            },
        ),
    ),
    Role(
        name="date",
        type="date",
        kinds={"transactions": 3, "contacts": 2, "feedback": 3, "series": 1},
        gate=gates.as_date,
        unnamed=gates.surely_date,
        names=named(
            (
                "date time billing order purchase create pay product at sales spend contact "
                "review line unique period register text message call ticket store"
            ),
            {
                100: "date order+date create+date purchase+date sales+date order+create+date",
                92: (
                    "create order+create order+at create+at date+time order+purchase+date "
                    "contact+date review+date call+date contact+at call+at email+at message+at"
                ),
                84: (
                    "pay+date order+pay+date period review+at date+month date+year "
                    "date+week date+period year+month pay+at"
                ),
                74: "month quarter week",
                72: "period+end date+period+end period+due month+due",
                70: (
                    "time order+time day+date month+end week+end quarter+end date+month+end "
                    "date+week+end date+quarter+end"
                ),
                66: "year+end date+year+end",
                62: "year at end+date ship+date day",
                50: "customer+date refund+date due+date update+date respond+date respond text",
            },
        ),
    ),
    Role(
        name="product",
        type="text",
        kinds={"transactions": 4, "feedback": 7},
        gate=gates.as_product,
        names=named(
            "line sales description name title unique purchase method",
            {
                100: "product+name product+title product+description",
                95: "product stock+name line+product line+name purchase+product product+purchase",
                90: "product+id+name sku+name order+product+name order+product",
                78: "product+many",
                76: "description model+name",
                40: "name title model",
                32: "brand+name",
            },
        ),
    ),
    Role(
        name="product_code",
        type="id",
        kinds={"transactions": 5},
        gate=gates.as_id,
        concept="sku",
        names=named(
            "sales unique id code number reference stock model purchase",
            {
                100: (
                    "product+id product+code product+number product+sku sku sku+id sku+code "
                    "stock+code product+reference line+product+sku line+product+code "
                    "order+product+sku"
                ),
                55: "model+id model+number model model+code",
                40: "code id number",
            },
        ),
    ),
    Role(
        name="quantity",
        type="number",
        kinds={"transactions": 6},
        gate=gates.as_quantity,
        names=named(
            (
                "order line product sales total purchase refund count unit pay create weight "
                "price many actual of respond"
            ),
            {
                100: "quantity product+quantity order+quantity",
                90: "quantity+sales quantity+unit sum",
                75: "product+count unit+count product+many",
                55: "count unit product+number number order+product+many",
            },
        ),
    ),
    Role(
        name="unit_price",
        type="money",
        kinds={"transactions": 7},
        gate=gates.as_number,
        concept="price",
        names=named(
            "product order line sales actual pay average unit net gross register",
            {
                100: "unit+price unit+product+price",
                92: "price product+price sales+price line+price",
                66: "unit+amount unit+value unit+sales",
                56: "product+amount product+value",
                45: "price+list product+list+price unit+rate",
            },
        ),
    ),
    Role(
        name="amount",
        type="money",
        kinds={"transactions": 8},
        gate=gates.as_number,
        names=named(
            (
                "line product sales total pay customer actual net purchase price weekly spend "
                "value amount"
            ),
            {
                100: (
                    "amount total+amount sales+amount line+total revenue sales+revenue "
                    "product+amount+total net+sales purchase+amount spend+amount total+sales "
                    "order+amount order+total+amount"
                ),
                97: (
                    "total+price total+revenue net+amount pay+amount actual+amount actual+pay "
                    "actual+pay+amount net+revenue product+total net+total order+actual+pay "
                    "order+pay+amount order+total order+actual+amount"
                ),
                95: "sales total order+value total+value line+amount sales+value net+value",
                86: (
                    "gross+sales gross+amount gross+revenue receivable+amount purchase+value "
                    "line+sales+total order+revenue"
                ),
                80: "spend total+spend gross+total",
                70: (
                    "subtotal order+subtotal receivable pay+total order+price subtotal+amount "
                    "order+receivable+amount"
                ),
                60: (
                    "purchase pay value order+pay line+price product+amount product+sales "
                    "purchase+price quantity+amount sum"
                ),
                45: "gross average+order+value",
            },
        ),
    ),
    Role(
        name="discount",
        type="number",
        kinds={"transactions": 9},
        gate=gates.as_number,
        names=named(
            (
                "order product line total amount rate price sales unit customer pay coupon value "
                "store"
            ),
            {
                95: "discount discount+amount discount+rate",
                80: "coupon+amount coupon+discount",
                45: "coupon",
            },
        ),
    ),
    Role(
        name="cost",
        type="money",
        kinds={"transactions": 10, "contacts": 6},
        gate=gates.as_number,
        names=named(
            (
                "product order line total amount sales unit price contact campaign purchase value "
                "message"
            ),
            {
                97: "cost cost+total cost+amount cost+sales",
                86: "cost+product cost+order cost+contact cost+campaign cost+message",
                80: "charge",
                72: "cost+unit",
                60: "spend",
            },
        ),
    ),
    Role(
        name="currency",
        type="category",
        kinds={"transactions": 11},
        gate=gates.as_currency,
        names=named(
            "order code pay amount price sales id type name",
            {
                98: "currency",
                90: "currency+code",
            },
        ),
    ),
    Role(
        name="category",
        type="category",
        kinds={"transactions": 12},
        gate=gates.as_category,
        names=named(
            "product name group unique",
            {
                97: "category product+category category+name product+category+name",
                88: "product+type product+group product+category+type product+line+category",
                60: "category+sub sub+category+name product+sub+category product+brand",
                52: "brand brand+name group",
                48: "type category+code category+id product+category+id id+category+code",
            },
        ),
    ),
    Role(
        name="country",
        type="category",
        kinds={"transactions": 13},
        gate=gates.as_country,
        names=named(
            "customer order sales name ship billing recipient code store id pay account",
            {
                98: "country country+name country+region",
                80: "region region+name country+code",
                62: "country+id region+city region+city+country",
                54: "city",
            },
        ),
    ),
    Role(
        name="channel",
        type="category",
        kinds={"transactions": 14, "contacts": 3, "feedback": 8},
        gate=gates.as_category,
        names=named(
            (
                "sales order contact type customer method campaign message marketing source "
                "purchase communication lead create"
            ),
            {
                99: "channel channel+name sales+channel channel+source",
                78: (
                    "order+source source contact+method contact+type call+method call+channel "
                    "message+method lead+source"
                ),
                62: "contact method+order",
                74: "call+type call+category",
                58: "source+type",
            },
        ),
    ),
    Role(
        name="churned",
        type="flag",
        kinds={"customers": 2},
        gate=gates.as_flag,
        concept="churn",
        names=named(
            "customer flag status unique value code type sentiment account category",
            {
                100: "churn flag+churn churn+customer churn+flag churn+sentiment",
                60: "status+customer end+flag",
            },
        ),
    ),
    Role(
        name="arm",
        type="category",
        kinds={"customers": 3, "contacts": 8},
        gate=gates.as_arm,
        names=named(
            "customer name id code group campaign type flag unique",
            {
                98: "arm arm+group group+arm",
                84: "campaign+group group+campaign",
                62: "campaign flag+campaign edition",
            },
        ),
    ),
    Role(
        name="outcome",
        type="flag",
        kinds={"customers": 4},
        gate=gates.as_outcome,
        concept="respond",
        names=named(
            "customer flag contact campaign email status value type unique total order",
            {
                98: "respond flag+respond respond+campaign respond+customer respond+flag",
                80: "flag+purchase purchase+flag purchase+customer purchase sales+respond",
            },
        ),
    ),
    Role(
        name="campaign",
        type="category",
        kinds={"contacts": 4},
        gate=gates.as_campaign,
        names=named(
            (
                "name id code contact type sent title channel message email group customer "
                "description label"
            ),
            {
                98: "campaign campaign+name campaign+title campaign+id campaign+code",
                70: "message message+name message+title group+campaign",
                55: "text+title text+name",
                50: "group",
            },
        ),
    ),
    Role(
        name="responded",
        type="flag",
        kinds={"contacts": 5},
        gate=gates.as_flag,
        concept="respond",
        names=named(
            (
                "customer flag contact campaign message email status value order purchase sales "
                "type unique total"
            ),
            {
                98: (
                    "respond flag+respond respond+campaign respond+customer respond+flag "
                    "respond+contact"
                ),
                72: "flag+purchase purchase+flag purchase+customer flag+order sales+respond",
                60: "value+respond value purchase revenue",
            },
        ),
    ),
    Role(
        name="opened",
        type="flag",
        kinds={"contacts": 10},
        gate=gates.as_happened,
        names=named(
            "customer flag contact campaign message email date time at unique total count status",
            {98: "opened opened+flag opened+message opened+date opened+time"},
        ),
    ),
    Role(
        name="clicked",
        type="flag",
        kinds={"contacts": 11},
        gate=gates.as_happened,
        names=named(
            "customer flag contact campaign message email date time at unique total count status",
            {98: "clicked clicked+flag clicked+message clicked+date clicked+time"},
        ),
    ),
    Role(
        name="variant",
        type="category",
        kinds={"contacts": 12},
        gate=gates.as_arm,
        names=named(
            "name id code campaign message email group",
            {
                98: "variant variant+campaign variant+message",
                95: "model model+campaign edition edition+campaign edition+message",
            },
        ),
    ),
    Role(
        name="satisfaction",
        type="number",
        kinds={"contacts": 7},
        gate=gates.as_rating,
        names=named(
            "customer score rating contact value grade level overall total review pay",
            {
                99: "satisfaction satisfaction+score satisfaction+rating csat csat+score",
                90: "nps nps+score",
                72: "rating score rating+customer score+customer score+contact",
            },
        ),
    ),
    Role(
        name="unsubscribed",
        type="flag",
        kinds={"contacts": 9},
        gate=gates.as_happened,
        concept="churn",
        names=named(
            "customer flag contact campaign email status message value date time",
            {
                98: "churn flag+churn churn+customer churn+flag churn+email",
                90: "churn+date churn+time",
            },
        ),
    ),
    Role(
        name="text",
        type="text",
        kinds={"feedback": 1},
        gate=gates.as_text,
        unnamed=gates.surely_text,
        names=named(
            "review text customer order product message contact description note",
            {
                100: "review+text review text",
                92: "review+message message+text contact+text review+description",
                70: "description message note contact+note call+note call+text",
                46: "summary title review+title review+summary",
            },
        ),
    ),
    Role(
        name="rating",
        type="number",
        kinds={"feedback": 4},
        gate=gates.as_rating,
        names=named(
            "review customer product score rating total value overall level text order store line",
            {
                99: "rating rating+review review+score rating+score",
                82: (
                    "score satisfaction score+total review+rating+score satisfaction+score "
                    "nps nps+score"
                ),
                60: "review",
                72: "sentiment review+sentiment review+type review+level text+sentiment",
                55: "value review+value level",
            },
        ),
    ),
    Role(
        name="nps",
        type="number",
        kinds={"feedback": 5},
        gate=gates.as_recommendation,
        names=named(
            "customer review score rating value total overall level product store survey",
            {99: "nps nps+score nps+rating"},
        ),
    ),
    Role(
        name="csat",
        type="number",
        kinds={"feedback": 6},
        gate=gates.as_rating,
        names=named(
            "customer review score rating value total overall level satisfaction service",
            {
                99: "csat csat+score csat+rating",
                90: "satisfaction satisfaction+score",
            },
        ),
    ),
    Role(
        name="language",
        type="category",
        kinds={"feedback": 9},
        gate=gates.as_category,
        names=named(
            "review customer code text name original",
            {98: "language", 90: "language+code language+review language+text"},
        ),
    ),
    Role(
        name="value",
        type="number",
        kinds={"series": 2},
        gate=gates.as_value,
        unnamed=gates.surely_value,
        names=named(
            (
                "total sales week month day quarter value unit order amount product daily net "
                "store actual purchase count many create"
            ),
            {
                98: "value sales quantity amount revenue total+sales week+sales",
                90: (
                    "count customer+many order+many order+count order+amount quantity+sales "
                    "customer+count total quantity+product sales+amount total+amount total+value"
                ),
                70: "spend product+many rate balance weight product+count profit unit",
                52: "price average+price",  # where nothing else is measured
            },
        ),
    ),
    Role(
        name="series",
        type="category",
        kinds={"series": 3},
        gate=gates.as_series,
        names=named(
            (
                "store id name number product code sku unique series category region country type "
                "group reference description title channel company sub"
            ),
            {
                98: (
                    "series store store+id store+number store+name store+code series+id id+unique "
                    "unique+series"
                ),
                86: (
                    "product sku product+id product+name product+code region country city "
                    "category channel brand company"
                ),
                62: "group type id name code",
            },
        ),
    ),
)
ROLES: dict[str, Role] = {role.name: role for role in _ENTRIES}
