"""Exports of Chinese platforms: 淘宝, 京东, 拼多多, 抖店, 有赞."""

from __future__ import annotations

from tests.platform_exports import Export, Order, export, money, word_of, written

_TITLES = {"Tea 500g": "蜂蜜柚子茶 500g", "Cup": "保温杯", "Pot": "茶壶"}


def taobao(orders: list[Order], encoding: str = "gbk") -> Export:
    status = word_of(
        "交易成功|等待买家付款|交易关闭|交易关闭|卖家已发货，等待买家确认|交易关闭"
    )
    rows = []
    for order in orders:
        paid = order.state in ("paid", "partly", "refunded")
        rows.append(
            {
                "订单编号": f'="2025{order.number:08d}"',
                "买家会员名": f"买家{order.buyer[-1]}",
                "买家应付货款": money(order.goods),
                "买家应付邮费": money(order.shipping),
                "总金额": money(order.total),
                "返点积分": 0,
                "买家实际支付金额": money(order.total if paid else 0),
                "订单状态": status(order),
                "收货人姓名": "张三",
                "收货地址 ": "浙江省 杭州市",
                "联系手机": "'13800000000",
                "订单创建时间": str(order.day),
                "订单付款时间 ": str(order.day) if paid else "",
                "宝贝标题 ": "，".join(
                    _TITLES[line.product] for line in order.lines
                ),
                "宝贝种类 ": len(order.lines),
                "物流单号 ": "No:77",
                "宝贝总数量": sum(line.quantity for line in order.lines),
                "店铺名称": "茶店",
                "订单关闭原因": "订单未关闭"
                if order.state in ("paid", "partly")
                else "买家未付款",
                "卖家服务费": "0.00元",
                "退款金额": money(order.refund),
                "打款商家金额": "0.00元",
            }
        )
    return export(
        written(rows, encoding=encoding),
        orders,
        lambda order: order.total - order.refund,
    )


def jd(orders: list[Order]) -> Export:
    status = word_of(
        "完成|等待付款|(删除)等待出库|已取消|等待确认收货|(删除)未付款"
    )
    rows = [
        {
            "订单号": f"{order.number:012d}\t",
            "商品ID": f"10{line.sku[-1]}\t",
            "商品名称": _TITLES[line.product],
            "订购数量": line.quantity,
            "支付方式": "在线支付",
            "下单时间": str(order.day),
            "京东价": money(line.price),
            "订单金额": money(order.total),
            "结算金额": money(order.total),
            "余额支付": "0.00",
            "应付金额": money(order.total),
            "订单状态": status(order),
            "下单帐号": f"jd_{order.buyer}",
            "客户姓名": "张*",
            "商家备注等级（等级1-5为由高到低）": "",
            "运费金额": money(order.shipping),
            "付款确认时间": str(order.day),
            "订单来源": "APP",
        }
        for order in orders
        for line in order.lines
    ]
    return export(written(rows, encoding="gbk"), orders, lambda order: order.total)


def pdd(orders: list[Order]) -> Export:
    status = word_of("已收货|待支付|已签收|已取消|已发货，待签收|未发货，退款成功")
    after = word_of(
        "无售后或售后取消|无售后或售后取消|退款成功|无售后或售后取消"
        "|无售后或售后取消|退款成功"
    )
    rows = [
        {
            "商品": _TITLES[order.lines[0].product],
            "订单号": f"{order.day:%y%m%d}-{order.number:012d}\t",
            "订单状态": status(order),
            "商品总价(元)": money(order.goods + 3),
            "邮费(元)": "0.00",
            "店铺优惠折扣(元)": "3.00",
            "平台优惠折扣(元)": "1.00",
            "多多支付立减金额(元)": "0.00",
            "用户实付金额(元)": money(order.goods - 1),
            "商家实收金额(元)": money(order.goods),
            "商品数量(件)": order.lines[0].quantity,
            "发货时间": "",
            "订单成交时间": str(order.day),
            "商品id": f"10{order.lines[0].sku[-1]}\t",
            "商品规格": "默认",
            "商家编码-规格维度": order.lines[0].sku,
            "售后状态": after(order),
            "快递单号": "77",
        }
        for order in orders
    ]
    return export(
        written(rows), orders, lambda order: order.goods, has_buyers=False
    )


def douyin(orders: list[Order]) -> Export:
    status = word_of("已完成|待支付|已完成|已关闭|已发货|已关闭")
    after = word_of("-|-|退款成功|-|同意退款,退款失败|退款成功")
    rows = [
        {
            "主订单编号": f"\t69{order.number:014d}",
            "子订单编号": f"\t69{order.number:014d}{nth}",
            "选购商品": f"\t{_TITLES[line.product]}",
            "商品规格": "默认",
            "商品数量": line.quantity,
            "商品ID": f"\t10{line.sku[-1]}",
            "商家编码": f"\t{line.sku}",
            "商品金额": money(line.total + 2),
            "订单应付金额": money(line.total),
            "运费": "0.00",
            "收件人": "##kjh8/sd==",
            "收件人手机号": "$$x9/8sdf==",
            "订单提交时间": str(order.day),
            "支付完成时间": "" if order.state == "unpaid" else str(order.day),
            "订单状态": status(order),
            "售后状态": after(order),
            "平台实际承担优惠金额": "1.00",
            "达人ID": "-",
        }
        for order in orders
        for nth, line in enumerate(order.lines)
    ]
    content = b"\xef\xbb\xbf" + written(rows)
    return export(content, orders, lambda order: order.goods, has_buyers=False)


def youzan(orders: list[Order]) -> Export:
    status = word_of("交易完成|待付款|交易完成|交易关闭|已发货|交易关闭")
    after = word_of("||退款成功|||")
    rows = [
        {
            "订单号": f"E2025{order.number:010d}",
            "订单商品状态": status(order),
            "交易成功时间": str(order.day),
            "商品名称": _TITLES[line.product],
            "商品类型": "实物商品",
            "商品编码": line.sku,
            "商品单价": money(line.price + 1),
            "商品优惠后价格": money(line.price),
            "商品数量": line.quantity,
            "商品金额小计": money(line.total),
            "店铺优惠（分摊）": "0.00",
            "商品实际成交金额": money(line.total),
            "收货人手机号/提货人手机号": f"1380000000{order.buyer[-1]}",
            "商品退款状态": after(order),
            "商品已退款金额": money(
                line.total
                if order.state == "refunded"
                else (order.refund if order.state == "partly" and nth == 0 else 0)
            ),
        }
        for order in orders
        for nth, line in enumerate(order.lines)
    ]
    return export(
        written(rows),
        orders,
        lambda order: order.goods - order.refund,
    )
