"""What the sample shop sells, and how often."""

from __future__ import annotations

from typing import Literal, NamedTuple

from crm_analysis.wording import Language

Season = Literal["", "cold", "hot", "gift"]


class Product(NamedTuple):
    """One article, under its name in each language of the editions.

    `price` is in pounds, `weight` how often it is picked; `launched` and `ended` are days of the
    shop.
    """

    sku: str
    en: str
    zh: str
    category: str
    price: float
    weight: float
    season: Season = ""
    launched: int = 0
    ended: int = 10_000

    def name(self, language: Language) -> str:
        """What it is called in an edition."""
        return str(getattr(self, language))


CATEGORIES = (
    "Tea",
    "Coffee",
    "Kitchen",
    "Baking",
    "Tableware",
    "Home",
    "Outdoor",
    "Gifts",
)

PRODUCTS = (
    Product("TE1001", "Jasmine Green Tea", "茉莉绿茶", "Tea", 8.50, 2.2),
    Product("TE1002", "Earl Grey Tea", "伯爵红茶", "Tea", 7.90, 5.0, "cold"),
    Product("TE1003", "Dragon Well Tea", "明前龙井", "Tea", 18.90, 2.2),
    Product("TE1004", "Aged Pu-erh Cake", "陈年普洱茶饼", "Tea", 32.00, 1.0),
    Product("TE1005", "Rooibos Tea", "南非博士茶", "Tea", 6.90, 2.4),
    Product("TE1006", "Peppermint Tea", "薄荷草本茶", "Tea", 5.90, 3.2),
    Product("TE1007", "Chamomile Tea", "洋甘菊茶", "Tea", 5.90, 3.0),
    Product("TE1008", "Oolong Tea", "铁观音", "Tea", 14.50, 2.0),
    Product("TE1009", "Chai Spice Tea", "印度香料奶茶", "Tea", 7.50, 2.6, "cold"),
    Product("TE1010", "Cold Brew Fruit Tea", "冷泡水果茶", "Tea", 6.50, 2.4, "hot"),
    Product("TE1011", "Glass Teapot", "玻璃茶壶", "Tea", 24.90, 1.3),
    Product("TE1012", "Bamboo Tea Whisk", "竹制茶筅", "Tea", 9.90, 1.0),
    Product("TE1013", "Matcha Powder", "宇治抹茶粉", "Tea", 19.50, 1.1, "", 480),
    Product("CO2001", "House Blend Coffee", "招牌拼配咖啡豆", "Coffee", 9.90, 6.0),
    Product(
        "CO2002",
        "Ethiopian Coffee Beans",
        "埃塞俄比亚咖啡豆",
        "Coffee",
        13.90,
        2.4,
    ),
    Product("CO2003", "Decaf Coffee", "低因咖啡", "Coffee", 10.90, 2.4),
    Product("CO2004", "Espresso Roast", "意式浓缩咖啡豆", "Coffee", 11.50, 3.6),
    Product("CO2005", "Pour-Over Dripper", "手冲滤杯", "Coffee", 14.90, 1.1),
    Product("CO2006", "Paper Filters", "咖啡滤纸", "Coffee", 3.90, 1.8),
    Product("CO2007", "Gooseneck Kettle", "细口手冲壶", "Coffee", 39.00, 0.7),
    Product("CO2008", "Hand Coffee Grinder", "手摇磨豆机", "Coffee", 34.50, 0.9),
    Product("CO2009", "French Press", "法压壶", "Coffee", 22.00, 1.3),
    Product(
        "CO2010", "Cold Brew Bottle", "冷萃咖啡瓶", "Coffee", 17.90, 1.2, "hot"
    ),
    Product("CO2011", "Oat Drink", "燕麦奶", "Coffee", 2.60, 4.2),
    Product("KI3001", "Chef's Knife", "主厨刀", "Kitchen", 42.00, 0.9),
    Product("KI3002", "Bamboo Cutting Board", "竹砧板", "Kitchen", 16.90, 1.6),
    Product("KI3003", "Cast Iron Pan", "铸铁煎锅", "Kitchen", 36.00, 1.1),
    Product("KI3004", "Silicone Spatula", "硅胶铲", "Kitchen", 6.50, 2.2),
    Product("KI3005", "Spice Jars", "调料罐", "Kitchen", 12.90, 1.8),
    Product("KI3006", "Kitchen Scale", "厨房电子秤", "Kitchen", 19.90, 1.2),
    Product("KI3007", "Linen Apron", "亚麻围裙", "Kitchen", 21.50, 1.0),
    Product("KI3008", "Steamer Basket", "竹蒸笼", "Kitchen", 15.90, 1.1),
    Product("KI3009", "Tea Towels", "棉麻茶巾", "Kitchen", 9.50, 2.4),
    Product("KI3010", "Olive Oil", "特级初榨橄榄油", "Kitchen", 11.90, 3.4),
    Product("KI3011", "Sea Salt Flakes", "海盐片", "Kitchen", 4.50, 2.8),
    Product(
        "KI3012",
        "Salad Spinner",
        "沙拉脱水器",
        "Kitchen",
        18.50,
        0.9,
        "hot",
        0,
        520,
    ),
    Product("BA4001", "Bread Flour", "高筋面粉", "Baking", 3.20, 2.2),
    Product("BA4002", "Proofing Basket", "面包发酵篮", "Baking", 13.50, 0.9),
    Product("BA4003", "Dough Scraper", "面团刮板", "Baking", 4.90, 1.0),
    Product("BA4004", "Loaf Tin", "吐司模具", "Baking", 9.90, 1.2),
    Product("BA4005", "Cookie Cutters", "饼干模具", "Baking", 7.90, 1.4, "gift"),
    Product("BA4006", "Vanilla Pods", "香草荚", "Baking", 8.90, 1.4),
    Product("BA4007", "Dark Baking Chocolate", "烘焙黑巧克力", "Baking", 5.60, 2.4),
    Product("BA4008", "Baking Mat", "硅胶烘焙垫", "Baking", 10.50, 1.2),
    Product("BA4009", "Cake Stand", "蛋糕架", "Baking", 27.00, 0.7),
    Product("BA4010", "Mooncake Mould", "月饼模具", "Baking", 12.00, 0.5),
    Product("TA5001", "Stoneware Mug", "粗陶马克杯", "Tableware", 9.50, 3.8),
    Product("TA5002", "Rice Bowl", "青花饭碗", "Tableware", 6.80, 2.4),
    Product("TA5003", "Dinner Plate", "陶瓷餐盘", "Tableware", 11.50, 2.0),
    Product("TA5004", "Soup Spoon", "陶瓷汤勺", "Tableware", 3.50, 1.8),
    Product("TA5005", "Walnut Chopsticks", "胡桃木筷子", "Tableware", 7.20, 1.8),
    Product("TA5006", "Linen Napkins", "亚麻餐巾", "Tableware", 14.90, 1.2),
    Product("TA5007", "Water Carafe", "玻璃凉水壶", "Tableware", 16.50, 1.1, "hot"),
    Product("TA5008", "Espresso Cups", "浓缩咖啡杯", "Tableware", 18.00, 1.2),
    Product("TA5009", "Serving Tray", "木托盘", "Tableware", 23.00, 0.9),
    Product("TA5010", "Salad Bowl", "木质沙拉碗", "Tableware", 26.50, 0.8),
    Product("HO6001", "Soy Candle", "大豆香薰蜡烛", "Home", 15.90, 2.0, "cold"),
    Product("HO6002", "Match Jar", "火柴罐", "Home", 5.90, 1.1),
    Product("HO6003", "Wool Throw", "羊毛盖毯", "Home", 49.00, 0.9, "cold"),
    Product("HO6004", "Cushion Cover", "抱枕套", "Home", 17.50, 1.6),
    Product("HO6005", "Storage Basket", "收纳篮", "Home", 19.00, 1.6),
    Product("HO6006", "Ceramic Vase", "陶瓷花瓶", "Home", 22.50, 1.1),
    Product("HO6007", "Reed Diffuser", "藤条香薰", "Home", 20.00, 1.3),
    Product("HO6008", "Hand Soap", "植物洗手液", "Home", 6.90, 3.2),
    Product("HO6009", "Wall Clock", "极简挂钟", "Home", 29.00, 0.6),
    Product("HO6010", "Desk Lamp", "护眼台灯", "Home", 38.00, 0.7),
    Product("HO6011", "Linen Spray", "织物香氛喷雾", "Home", 9.90, 1.1),
    Product("OU7001", "Picnic Blanket", "野餐垫", "Outdoor", 28.00, 1.2, "hot"),
    Product("OU7002", "Insulated Bottle", "保温杯", "Outdoor", 21.00, 2.0),
    Product("OU7003", "Enamel Plates", "搪瓷盘", "Outdoor", 18.50, 1.1, "hot"),
    Product("OU7004", "Cooler Bag", "保冷袋", "Outdoor", 19.50, 1.2, "hot"),
    Product("OU7005", "Camping Lantern", "露营灯", "Outdoor", 25.00, 0.9, "hot"),
    Product("OU7006", "Folding Stool", "折叠凳", "Outdoor", 23.50, 0.7, "hot"),
    Product("OU7007", "Garden Trowel", "园艺小铲", "Outdoor", 8.50, 1.0, "hot"),
    Product("OU7008", "Seed Kit", "阳台种植套装", "Outdoor", 11.00, 1.1, "hot"),
    Product("GI8001", "Gift Wrap", "礼品包装纸", "Gifts", 3.50, 1.2, "gift"),
    Product("GI8002", "Greeting Card", "贺卡", "Gifts", 2.80, 2.6, "gift"),
    Product("GI8003", "Tea Gift Box", "茶叶礼盒", "Gifts", 34.00, 1.4, "gift"),
    Product(
        "GI8004",
        "Chocolate Assortment",
        "巧克力礼盒",
        "Gifts",
        16.00,
        2.0,
        "gift",
    ),
    Product(
        "GI8005", "Advent Calendar", "圣诞倒数日历", "Gifts", 24.00, 0.6, "gift"
    ),
    Product("GI8006", "Photo Frame", "相框", "Gifts", 13.50, 1.2, "gift"),
    Product("GI8007", "Music Box", "八音盒", "Gifts", 27.50, 0.7, "gift"),
    Product("GI8008", "Notebook Set", "笔记本套装", "Gifts", 10.50, 1.6),
    Product("GI8009", "Ribbon Roll", "丝带卷", "Gifts", 2.40, 0.9, "gift"),
    Product("GI8010", "Paper Bag", "牛皮纸袋", "Gifts", 0.85, 1.8),
)

POSTAGE = Product("POST", "POSTAGE", "运费", "", 4.95, 0.0)

# Products that are bought together: how many orders in a hundred hold (most of) the set.
BUNDLES = {
    ("CO2005", "CO2006", "CO2002"): 3.6,
    ("TE1011", "TE1001", "TE1012"): 3.0,
    ("BA4001", "BA4002", "BA4003"): 3.2,
    ("HO6001", "HO6002", "HO6011"): 2.6,
    ("OU7001", "OU7003", "OU7004"): 2.4,
}

# Of the countries of an edition, the first being the shop's own.
COUNTRY_SHARES = (0.63, 0.11, 0.10, 0.08, 0.05, 0.03)
