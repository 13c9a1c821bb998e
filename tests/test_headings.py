"""Headings in the languages that dates are read in."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from crm_analysis.tables.roles.names import concepts, name_score
from tests.raw_tables import shared_engine
from tests.variants import every

# By language: a heading, and the role that it speaks for.
HEADINGS = """
cs: Číslo objednávky = order; Zákazník = customer; Datum objednávky = date;
    Název zboží = product; Množství = quantity; Cena za kus = unit_price;
    Jednotková cena = unit_price; Celkem = amount; Kategorie = category; Země = country;
    Celková částka = amount
pl: Numer zamówienia = order; Klient = customer; Data zamówienia = date;
    Nazwa produktu = product; Ilość = quantity; Cena jednostkowa = unit_price; Kwota = amount;
    Kategoria = category; Kraj = country; Wartość = value
tr: Sipariş No = order; Müşteri = customer; Müşteri No = customer; Sipariş Tarihi = date;
    Ürün Adı = product; Adet = quantity; Birim Fiyat = unit_price; Toplam Tutar = amount;
    Tutar = amount; Kategori = category; Ülke = country
ko: 주문번호 = order; 고객번호 = customer; 고객ID = customer; 주문일 = date; 주문일자 = date;
    상품명 = product;
    수량 = quantity; 단가 = unit_price; 결제금액 = amount; 금액 = amount; 카테고리 = category;
    국가 = country;
    구매자명 = customer; 리뷰 내용 = text; 평점 = rating; 고객명 = customer
th: เลขที่คำสั่งซื้อ = order; ลูกค้า = customer; รหัสลูกค้า = customer; วันที่ = date;
    วันที่สั่งซื้อ = date; ชื่อสินค้า = product; จำนวน = quantity; ราคาต่อหน่วย = unit_price;
    ยอดรวม = amount; จำนวนเงิน = amount; หมวดหมู่ = category; รหัสสินค้า = product_code
ja: 注文番号 = order; 顧客番号 = customer; お客様番号 = customer; 注文日 = date;
    商品名 = product; 数量 = quantity;
    単価 = unit_price; 金額 = amount; 合計金額 = amount; カテゴリ = category; 国 = country;
    商品コード = product_code; 購入者名 = customer
ru: Номер заказа = order; Клиент = customer; ID клиента = customer; Дата заказа = date;
    Товар = product; Наименование товара = product; Количество = quantity; Кол-во = quantity;
    Цена = unit_price; Цена за единицу = unit_price; Сумма = amount; Категория = category;
    Страна = country; Артикул = product_code; Дата = date
uk: Номер замовлення = order; Клієнт = customer; Дата = date; Товар = product;
    Кількість = quantity; Ціна = unit_price; Сума = amount
de: Bestellnummer = order; Kundennummer = customer; Bestelldatum = date;
    Artikelbezeichnung = product; Menge = quantity; Einzelpreis = unit_price;
    Gesamtbetrag = amount; Betrag = amount; Warengruppe = category; Land = country;
    Rechnungsnr = order; Artikelnr = product_code; Kunde = customer
fr: N° de commande = order; Numéro de commande = order; Client = customer;
    Date de commande = date; Désignation = product; Produit = product; Quantité = quantity;
    Prix unitaire = unit_price; Montant = amount; Catégorie = category; Pays = country;
    Code article = product_code
es: Número de pedido = order; Cliente = customer; Fecha = date; Fecha de pedido = date;
    Producto = product; Cantidad = quantity; Precio unitario = unit_price; Importe = amount;
    Categoría = category; País = country
it: Numero ordine = order; Cliente = customer; Data ordine = date; Prodotto = product;
    Quantità = quantity; Prezzo unitario = unit_price; Importo = amount; Categoria = category;
    Paese = country
nl: Bestelnummer = order; Klantnummer = customer; Klant = customer; Besteldatum = date;
    Datum = date; Artikel = product; Aantal = quantity; Stukprijs = unit_price;
    Bedrag = amount; Totaalbedrag = amount; Land = country
pt: Número do pedido = order; Cliente = customer; Data do pedido = date; Produto = product;
    Quantidade = quantity; Preço unitário = unit_price; Valor total = amount;
    Categoria = category; País = country
sv: Ordernummer = order; Kundnummer = customer; Orderdatum = date; Produkt = product;
    Antal = quantity; Styckpris = unit_price; Belopp = amount; Kategori = category;
    Land = country
da: Ordrenummer = order; Kundenummer = customer; Kunde = customer; Ordredato = date;
    Vare = product; Antal = quantity; Stykpris = unit_price; Beløb = amount
nb: Ordrenummer = order; Kundenummer = customer; Dato = date; Produkt = product;
    Antall = quantity; Enhetspris = unit_price; Beløp = amount
fi: Tilausnumero = order; Asiakasnumero = customer; Asiakas = customer; Päivämäärä = date;
    Tilauspäivä = date; Tuote = product; Määrä = quantity; Yksikköhinta = unit_price;
    Summa = amount; Yhteensä = amount; Maa = country
hu: Rendelésszám = order; Rendelés száma = order; Vevő = customer; Ügyfél azonosító = customer;
    Dátum = date; Rendelés dátuma = date; Termék = product; Termék neve = product;
    Mennyiség = quantity; Egységár = unit_price; Összeg = amount; Kategória = category;
    Ország = country
ro: Număr comandă = order; Client = customer; Data comenzii = date; Produs = product;
    Cantitate = quantity; Preț unitar = unit_price; Sumă = amount; Valoare = amount;
    Categorie = category; Țară = country
el: Αριθμός παραγγελίας = order; Πελάτης = customer; Κωδικός πελάτη = customer;
    Ημερομηνία = date; Προϊόν = product; Ποσότητα = quantity; Τιμή μονάδας = unit_price;
    Ποσό = amount; Σύνολο = amount; Κατηγορία = category; Χώρα = country
bg: Номер на поръчка = order; Клиент = customer; Дата = date; Продукт = product;
    Количество = quantity; Единична цена = unit_price; Сума = amount; Държава = country
vi: Mã đơn hàng = order; Khách hàng = customer; Mã khách hàng = customer; Ngày đặt hàng = date;
    Ngày = date; Sản phẩm = product; Tên sản phẩm = product; Số lượng = quantity;
    Đơn giá = unit_price; Thành tiền = amount; Danh mục = category
id: Nomor Pesanan = order; Pelanggan = customer; Nama Pelanggan = customer; Tanggal = date;
    Tanggal Pesanan = date; Nama Produk = product; Jumlah = quantity;
    Harga Satuan = unit_price; Total Harga = amount; Kategori = category
ms: Nombor Pesanan = order; Pelanggan = customer; Tarikh = date; Produk = product;
    Kuantiti = quantity; Harga Seunit = unit_price; Jumlah Bayaran = amount
ar: رقم الطلب = order; العميل = customer; رقم العميل = customer; تاريخ الطلب = date;
    التاريخ = date; المنتج = product; اسم المنتج = product; الكمية = quantity;
    سعر الوحدة = unit_price; المبلغ = amount; الفئة = category
he: מספר הזמנה = order; לקוח = customer; שם לקוח = customer; תאריך = date; מוצר = product;
    שם מוצר = product; כמות = quantity; מחיר ליחידה = unit_price; סכום = amount;
    קטגוריה = category
hi: ऑर्डर संख्या = order; ग्राहक = customer; दिनांक = date; उत्पाद = product;
    मात्रा = quantity; मूल्य = unit_price; राशि = amount; श्रेणी = category
zh_Hant: 訂單編號 = order; 客戶編號 = customer; 訂購日期 = date; 商品名稱 = product;
    數量 = quantity;
    單價 = unit_price; 金額 = amount; 類別 = category; 國家 = country; 買家帳號 = customer;
    訂單金額 = amount
"""


def headings() -> dict[str, dict[str, str]]:
    """The role of each heading, by language."""
    languages: dict[str, dict[str, str]] = {}
    for line in HEADINGS.strip().replace("\n    ", " ").splitlines():
        language, _, pairs = line.partition(": ")
        split = (pair.partition(" = ") for pair in pairs.strip(" ;").split(";"))
        languages[language] = {
            name.strip(): role.strip() for name, _, role in split
        }
    return languages


@pytest.mark.parametrize("language", headings())
def test_headings_of_many_languages_speak_for_their_roles(language: str) -> None:
    for name, role in headings()[language].items():
        assert name_score(role, name) >= 0.55, (name, role, concepts(name))


VALUES = {
    "order": [str(1000 + n // 2) for n in range(60)],
    "customer": [f"K{n // 2 % 13}" for n in range(60)],
    "date": [f"2024-01-{1 + n // 2 % 28:02d}" for n in range(60)],
    "product": [f"tea {n * n % 7}" for n in range(60)],
    "quantity": [str(1 + n % 3) for n in range(60)],
    "unit_price": [f"{2 + n * n % 7}.50" for n in range(60)],
}


@pytest.mark.parametrize("language", every(3, headings()))
def test_orders_in_any_language_are_orders(language: str) -> None:
    names: dict[str, str] = {}
    for name, role in headings()[language].items():
        names.setdefault(role, name)
    columns = {names[role]: values for role, values in VALUES.items()}
    rows = [",".join(cells) for cells in zip(*columns.values(), strict=True)]
    raw = crm.read_table(
        "\n".join([",".join(columns), *rows]).encode(),
        name="o.csv",
        engine=shared_engine(),
    )
    roles = crm.guess_roles(raw)
    assert roles.kind == "transactions"
    assert roles.columns == {role: names[role] for role in VALUES}


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("Кол-во", ("quantity",)),
        ("주문 번호", ("order", "number")),
        ("Ngày đặt hàng", ("date", "create")),
        ("SATIŞ", ("sales",)),
    ],
)
def test_words_are_known_without_accents_and_in_any_script(
    name: str, chain: tuple[str, ...]
) -> None:
    assert concepts(name) == chain


# By language: customer, order number, date, product, quantity, amount of small files.
SMALL = """
sv: Kund, Ordernr, Datum, Vara, Antal, Belopp
nl: Klant, Ordernr, Datum, Artikel, Aantal, Bedrag
nb: Kunde, Ordrenr, Dato, Vare, Antall, Beløp
de: Kunde, Bestellnr, Datum, Artikel, Menge, Betrag
fi: Asiakas, Tilausnro, Pvm, Tuote, Määrä, Summa
it: Cliente, N. ordine, Data, Prodotto, Q.tà, Importo
sk: Zákazník, Číslo objednávky, Dátum, Tovar, Množstvo, Čiastka
hr: Kupac, Broj narudžbe, Datum, Proizvod, Količina, Iznos
sr: Купац, Број поруџбине, Датум, Производ, Количина, Износ
sl: Stranka, Št. naročila, Datum, Izdelek, Količina, Znesek
lt: Klientas, Užsakymo nr, Data, Prekė, Kiekis, Suma
lv: Klients, Pasūtījuma nr, Datums, Prece, Daudzums, Summa
et: Klient, Tellimuse nr, Kuupäev, Toode, Kogus, Summa
fa: مشتری, شماره سفارش, تاریخ, محصول, تعداد, مبلغ
he: לקוח, מספר הזמנה, תאריך, מוצר, כמות, סה"כ
ru: Покупатель, № заказа, Дата, Товар, Кол-во, Стоимость
uk: Покупець, № замовлення, Дата, Товар, К-сть, Вартість
vi: Khách hàng, Đơn hàng, Ngày, Sản phẩm, Số lượng, Thành tiền
"""


@pytest.mark.parametrize("line", every(3, SMALL.strip().splitlines()))
def test_the_number_of_an_order_is_no_quantity_in_a_file_of_four_rows(
    line: str,
) -> None:
    headings = [name.strip() for name in line.partition(":")[2].split(",")]
    roles = ("customer", "order", "date", "product", "quantity", "amount")
    goods = ("Tea", "Cup", "Pot", "Tea")
    rows = [
        f"{who}|{1041 + n}|{13 + n}.03.2024|{goods[n]}|{1 + n % 3}|{n + 7},50"
        for n, who in enumerate(("Anna", "Bo", "Cy", "Anna"))
    ]
    for left_out in (set(), {"product", "quantity"}):
        kept = [number for number, role in enumerate(roles) if role not in left_out]
        cells = [headings, *(row.split("|") for row in rows)]
        text = "\n".join("|".join(row[number] for number in kept) for row in cells)
        raw = crm.read_table(
            text.encode(), name="orders.csv", engine=shared_engine()
        )
        guessed = crm.guess_roles(raw)
        assert guessed.kind == "transactions"
        assert guessed.columns == {
            roles[number]: headings[number] for number in kept
        }


@pytest.mark.parametrize("other", ["Kuantiti", "Bilangan"])
def test_jumlah_is_the_money_where_another_column_counts(other: str) -> None:
    lines = [
        f"Pelanggan,Tarikh,Produk,{other},Jumlah",
        *(
            f"P{n % 4},2025-01-{n:02},Teh {n % 3},{n % 5 + 1},{n}.50"
            for n in range(1, 20)
        ),
    ]
    raw = crm.read_table("\n".join(lines).encode(), engine=shared_engine())
    roles = crm.guess_roles(raw).columns
    assert (roles["quantity"], roles["amount"]) == (other, "Jumlah")
