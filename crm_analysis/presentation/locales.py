"""Plotly's own words and forms of dates in Chinese, so that they need not be fetched: tools, days, months, what an axis writes under a tick."""

from __future__ import annotations

__all__ = ["CHINESE"]

CHINESE = {
    "dictionary": {
        "Autoscale": "自动缩放",
        "Box Select": "框选",
        "Click to enter Colorscale title": "",
        "Download plot": "下载图片",
        "Download plot as a PNG": "下载为 PNG 图片",
        "Lasso Select": "套索选择",
        "Pan": "平移",
        "Produced with Plotly.js": "由 Plotly.js 生成",
        "Reset": "重置",
        "Reset axes": "重置坐标轴",
        "Reset camera to default": "重置视角",
        "Zoom": "缩放",
        "Zoom in": "放大",
        "Zoom out": "缩小",
        "Orbital rotation": "轨道旋转",
        "Turntable rotation": "转台旋转",
    },
    "format": {
        "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
        "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        "months": [
            "一月",
            "二月",
            "三月",
            "四月",
            "五月",
            "六月",
            "七月",
            "八月",
            "九月",
            "十月",
            "十一月",
            "十二月",
        ],
        "shortMonths": [
            "1月",
            "2月",
            "3月",
            "4月",
            "5月",
            "6月",
            "7月",
            "8月",
            "9月",
            "10月",
            "11月",
            "12月",
        ],
        "date": "%Y-%m-%d",
        "year": "%Y年",
        "month": "%Y年%-m月",
        "dayMonth": "%-m月%-d日",
        "dayMonthYear": "%Y年%-m月%-d日",
    },
}
