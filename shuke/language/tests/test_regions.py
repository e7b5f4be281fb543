import pytest

from shuke.language import regions
from shuke.language.regions import Region, children, split

FOSHAN = ("广东省", "佛山市", "南海区")

pytestmark = pytest.mark.skipif(not regions.FILE.exists(), reason="regions.json is made when the package is installed")


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("佛山南海", Region(*FOSHAN, "")),
        ("佛山市南海区示例路8号", Region(*FOSHAN, "示例路8号")),
        ("广东省 佛山市 南海区 桂城街道", Region(*FOSHAN, "桂城街道")),
        ("广东南海区桂城", Region(*FOSHAN, "桂城")),
        ("廣東省佛山市南海區示例路", Region(*FOSHAN, "示例路")),
        ("佛山市南海大道1号", Region("广东省", "佛山市", "", "南海大道1号")),
        ("浙江省杭州市余杭区仓前街道", Region("浙江省", "杭州市", "余杭区", "仓前街道")),
        ("四川成都武侯区示例街12号", Region("四川省", "成都市", "武侯区", "示例街12号")),
        ("北京市朝阳区", Region("北京市", "", "朝阳区", "")),
        ("北京市北京市市辖区东城区1号", Region("北京市", "", "东城区", "1号")),
        ("南京鼓楼区", Region("江苏省", "南京市", "鼓楼区", "")),
        ("义乌国际商贸城", Region("浙江省", "金华市", "义乌市", "国际商贸城")),
        ("仙桃市", Region("湖北省", "", "仙桃市", "")),
        ("恩施利川", Region("湖北省", "恩施土家族苗族自治州", "利川市", "")),
        ("内蒙古呼和浩特", Region("内蒙古自治区", "呼和浩特市", "", "")),
        ("吉林", Region("吉林省", "", "", "")),
        ("吉林船营区", Region("吉林省", "吉林市", "船营区", "")),
        ("南京路100号", Region("", "", "", "南京路100号")),
        ("城东建材市场B区36档", Region("", "", "", "城东建材市场B区36档")),
        ("东莞市东城街道示例路1号", Region("广东省", "东莞市", "东城街道", "示例路1号")),
        ("东莞示例路1号", Region("广东省", "东莞市", "", "示例路1号")),
        ("", Region("", "", "", "")),
    ],
)
def test_an_address_tells_its_region(address, region):
    assert split(address) == region


def test_what_lies_in_several_places_is_asked():
    found = split("朝陽區示例路5號樣例中心B座")
    assert found[:4] == ("", "", "", "朝陽區示例路5號樣例中心B座")
    assert found.choices == (
        Region("北京市", "", "朝阳区", "示例路5號樣例中心B座"),
        Region("吉林省", "长春市", "朝阳区", "示例路5號樣例中心B座"),
    )
    assert len(split("鼓楼区").choices) == 4


def test_every_region_is_found_by_its_full_address():
    for province, province_name in children():
        for city, city_name in children(province):
            for district, name in children(city) or [("", "")]:
                found = split(province_name + city_name + name)
                assert province_name + city_name + name == "".join(found[:3]), (district, found)


def test_regions_are_picked_from_above_to_below():
    assert ("44", "广东省") in children()
    assert ("4406", "佛山市") in children("44")
    assert ("440605", "南海区") in children("4406")
    assert ("110105", "朝阳区") in children("11")
    assert children("440605") == []


def test_without_the_file_all_is_free_text(monkeypatch, tmp_path):
    caches = (regions._read, regions._names, regions._index)
    monkeypatch.setattr(regions, "FILE", tmp_path / "none.json")
    for cached in caches:
        cached.cache_clear()
    assert split("佛山南海") == Region("", "", "", "佛山南海")
    assert children() == []
    for cached in caches:
        cached.cache_clear()
