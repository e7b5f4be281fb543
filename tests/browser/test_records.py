"""A customer's page: opened, written, edited in place, edited by two at once, thrown away and brought back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SAVE, answered, confirm, fact, menu, new_party, pen, press, sign_in, toast

PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)


def test_a_row_opens_beside_the_list_on_a_desk_and_as_a_page_on_a_phone(page, is_phone):
    page.goto("/parties/")
    row = page.locator("tbody tr").nth(3)
    name = row.locator("td.m").inner_text()
    row.locator("td.m a").click()
    if is_phone:
        expect(page).to_have_url(re.compile(r"/parties/\d+/$"))
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.go_back()
    else:
        panel = page.locator("side-panel")
        expect(panel.get_by_role("heading", level=1)).to_have_text(name)
        expect(row).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(row.locator("td.m a")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/parties/$"))
    expect(row.locator("td.m")).to_have_text(name)


def test_three_fields_make_a_customer_with_its_contact(page):
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill("佛山市春晖卫浴店")
    page.get_by_label("联系人", exact=True).fill("何春晖")
    page.get_by_label("联系电话").fill("137 1234 5678")
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text("佛山市春晖卫浴店")
    expect(page.locator(".calls a")).to_have_attribute("href", "tel:13712345678")
    expect(page.locator(".block", has_text="何春晖")).to_contain_text("137 1234 5678")


def test_a_twin_is_told_before_it_is_saved(page, device):
    name = f"珠海双子{device}石材有限公司"
    new_party(page, name)
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(name)
    page.get_by_label("联系电话").focus()
    expect(page.locator("#duplicates")).to_contain_text("可能已经有了")
    expect(page.locator("#duplicates").get_by_role("link", name=name)).to_be_visible()


def test_a_fact_is_edited_where_it_stands(page, device):
    new_party(page, f"就地改{device}", "13600001111")
    pen(page, "电话").click()
    field = page.locator(".fact.editing input[type=text]")
    expect(field).to_be_focused()
    field.fill("13600002222")
    field.press("Escape")
    expect(fact(page, "电话")).to_contain_text("136 0000 1111")
    fact(page, "电话").locator("dt").click()
    field.fill("13600002222")
    field.press("Enter")
    expect(fact(page, "电话")).to_contain_text("136 0000 2222")
    expect(toast(page)).to_contain_text("已保存")
    toast(page).get_by_role("button", name="撤销").click()
    expect(fact(page, "电话")).to_contain_text("136 0000 1111")


def test_a_wrong_value_in_place_is_told_at_the_field(windows, page, device):
    windows.expected = {422}
    new_party(page, f"错号码{device}", "13600003333")
    pen(page, "电话").click()
    field = page.locator(".fact.editing input[type=text]")
    field.fill("136OOOO")
    field.press("Enter")
    expect(page.locator(".fact.editing .error")).to_contain_text("字母 O")
    expect(field).to_have_value("136OOOO")


def test_a_refused_form_keeps_what_was_typed(windows, page, device):
    windows.expected = {422}
    page.goto(new_party(page, f"表单{device}") + "edit/")
    page.get_by_label("备注").fill("很长的一段话")
    page.get_by_label("欠款", exact=True).fill("一千二")
    press(page, SAVE)
    expect(page.get_by_role("alert")).to_contain_text("欠款")
    expect(page.get_by_label("欠款", exact=True)).to_be_focused()
    expect(page.get_by_label("备注")).to_have_value("很长的一段话")
    page.get_by_label("欠款", exact=True).fill("1200")
    page.get_by_label("欠款", exact=True).press("Control+Enter")
    expect(fact(page, "备注")).to_contain_text("很长的一段话")


def left(page, address, **typed):
    """Type into the form at `address` and go away without saving."""
    page.goto(address)
    for label, text in typed.items():
        page.get_by_label(label).fill(text)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/parties/")


def test_what_was_typed_comes_back_in_a_new_tab_until_it_is_cleared(page):
    left(page, "/parties/new/", 客户名称="没保存就走了")
    tab = page.context.new_page()
    page.close()
    tab.goto("/parties/new/")
    expect(tab.get_by_label("客户名称")).to_have_value("没保存就走了")
    expect(tab.get_by_text("恢复了您没存完的内容")).to_be_visible()
    press(tab, "清除")
    expect(tab.get_by_label("客户名称")).to_have_value("")
    expect(tab.get_by_text("恢复了您没存完的内容")).to_be_hidden()
    tab.reload()
    expect(tab.get_by_label("客户名称")).to_be_focused()
    expect(tab.get_by_label("客户名称")).to_have_value("")


def test_what_was_typed_for_one_customer_does_not_come_back_at_another(page, device):
    first, second = (new_party(page, f"{name}草稿{device}").split("/")[-2] for name in ("甲", "乙"))
    left(page, f"/contacts/new/?party={first}", 姓名="甲家的人")
    page.goto(f"/contacts/new/?party={second}")
    expect(page.get_by_label("姓名")).to_be_focused()
    expect(page.get_by_label("姓名")).to_have_value("")
    page.goto(f"/contacts/new/?party={first}")
    expect(page.get_by_label("姓名")).to_have_value("甲家的人")
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"甲草稿{device}")


def test_what_was_typed_comes_back_beside_what_a_colleague_changed(windows, page, device):
    windows.expected = {409}
    address = new_party(page, f"草稿遇到同事{device}")
    left(page, address + "edit/", 备注="没存完的备注")
    other = windows.open()
    other.goto(address + "edit/")
    other.get_by_label("来源").fill("同事写的来源")
    press(other, SAVE)
    expect(fact(other, "来源")).to_contain_text("同事写的来源")
    page.goto(address + "edit/")
    expect(page.get_by_label("备注")).to_have_value("没存完的备注")
    expect(page.get_by_label("来源")).to_have_value("同事写的来源")
    other.goto(address + "edit/")
    other.get_by_label("备注").fill("同事写的备注")
    press(other, SAVE)
    expect(fact(other, "备注")).to_contain_text("同事写的备注")
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(address + "edit/")
    expect(page.get_by_label("备注")).to_have_value("没存完的备注")
    assert answered(page, "/edit/", lambda: press(page, SAVE)) == 409
    expect(page.get_by_role("group", name="备注")).to_contain_text("同事写的备注")
    press(page, "按我的选择保存")
    expect(fact(page, "备注")).to_contain_text("没存完的备注")
    expect(fact(page, "来源")).to_contain_text("同事写的来源")
    page.goto(address + "edit/")
    expect(page.get_by_text("恢复了您没存完的内容")).to_be_hidden()


@pytest.mark.parametrize("way", ["signs out", "runs out"])
def test_what_was_typed_is_not_shown_to_who_signs_in_next(windows, firm, way):
    page = windows.open(None)
    sign_in(page, "boss", firm.passwords["boss"])
    page.wait_for_url(f"{firm.base}/")
    left(page, "/parties/new/", 客户名称="老板的秘密")
    if way == "signs out":
        page.goto("/me/")
        press(page, "退出登录")
        page.wait_for_url("**/sign-in/")
    page.context.clear_cookies()
    sign_in(page, "service", firm.passwords["service"])
    page.wait_for_url(f"{firm.base}/")
    page.goto("/parties/new/")
    expect(page.get_by_label("客户名称")).to_be_focused()
    expect(page.get_by_label("客户名称")).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_a_session_that_ran_out_keeps_what_was_typed_for_its_writer(windows, firm):
    page = windows.open(None)
    sign_in(page, "boss", firm.passwords["boss"])
    page.wait_for_url(f"{firm.base}/")
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill("登录过期前写的")
    page.context.clear_cookies(name="sessionid")
    press(page, SAVE)
    page.get_by_label("手机号或简称").fill("boss")
    page.get_by_label("密码").fill(firm.passwords["boss"])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/parties/new/")
    expect(page.get_by_label("客户名称")).to_have_value("登录过期前写的")


def test_what_was_typed_outlives_a_server_that_is_gone_and_goes_once_it_is_saved(windows, page, device):
    name = f"服务器没了{device}"
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(name)
    page.route("**/new/", lambda route: route.abort("connectionrefused"))
    press(page, SAVE)
    page.wait_for_url("chrome-error://**")
    page.unroute("**/new/")
    windows.complaints.clear()  # the refused connection, provoked
    page.goto("/parties/")
    page.goto("/parties/new/")
    expect(page.get_by_label("客户名称")).to_have_value(name)
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto("/parties/new/")
    expect(page.get_by_label("客户名称")).to_be_focused()
    expect(page.get_by_label("客户名称")).to_have_value("")


def test_a_save_whose_answer_was_lost_is_sent_again_and_done_once(windows, page, device):
    name = f"回答丢了{device}"

    def lose(route):
        route.fetch(max_redirects=0)  # the server has saved it
        route.abort("connectionreset")

    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(name)
    page.route("**/new/", lose)
    press(page, SAVE)
    page.wait_for_url("chrome-error://**")
    page.unroute("**/new/")
    windows.complaints.clear()  # the lost connection, provoked
    page.goto("/parties/new/")
    expect(page.get_by_label("客户名称")).to_have_value(name)
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.goto(f"/parties/?q={name}")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_way_back_after_a_save_leads_to_an_empty_form(page, device):
    page.goto("/parties/new/")
    page.get_by_label("客户名称").fill(f"存过一次{device}")
    press(page, SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"存过一次{device}")
    page.go_back()
    expect(page.get_by_label("客户名称")).to_have_value("")


def test_two_windows_change_one_field_and_the_second_chooses(windows, page, device):
    windows.expected = {409}
    address = new_party(page, f"两边改{device}")
    other = windows.open()
    other.goto(address + "edit/")
    other.get_by_label("备注").fill("第二个人写的")
    other.get_by_label("来源").fill("老客户介绍")
    page.goto(address + "edit/")
    page.get_by_label("备注").fill("第一个人写的")
    press(page, SAVE)
    expect(fact(page, "备注")).to_contain_text("第一个人写的")
    assert answered(other, "/edit/", lambda: press(other, SAVE)) == 409
    expect(other.get_by_role("alert")).to_contain_text("别人也改了这里")
    expect(other.get_by_role("group", name="备注")).to_contain_text("第一个人写的")
    other.get_by_text("第一个人写的").click()
    press(other, "按我的选择保存")
    expect(fact(other, "备注")).to_contain_text("第一个人写的")
    expect(fact(other, "来源")).to_contain_text("老客户介绍")


def test_two_windows_change_one_fact_in_place_and_the_question_takes_the_page(windows, page, device):
    windows.expected = {409}
    address = new_party(page, f"两边点{device}", "13600004444")
    other = windows.open()
    other.goto(address)
    pen(other, "电话").click()
    pen(page, "电话").click()
    for window, number in ((page, "13600005555"), (other, "13600006666")):
        window.locator(".fact.editing input[type=text]").fill(number)
        window.locator(".fact.editing input[type=text]").press("Enter")
        expect(window.locator(".fact.editing")).to_have_count(0)
    expect(other.get_by_role("heading", level=1)).to_have_count(1)
    expect(other.get_by_role("alert")).to_contain_text("别人也改了这里")
    press(other, "按我的选择保存")
    expect(fact(other, "电话")).to_contain_text("136 0000 6666")


def test_what_was_deleted_comes_back_by_the_toast_and_from_the_trash(page, device):
    name = f"删了又要{device}"
    address = new_party(page, name)
    menu(page, "删除")
    confirm(page)
    expect(toast(page)).to_contain_text("已放进回收站")
    toast(page).get_by_role("button", name="撤销").click()
    expect(toast(page)).to_contain_text("已撤销")
    page.goto(address)
    menu(page, "删除")
    confirm(page)
    expect(toast(page)).to_contain_text("已放进回收站")
    page.goto("/parties/")
    menu(page, "回收站")
    page.locator("tr", has_text=name).first.get_by_role("button", name="恢复").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_undoing_an_early_edit_asks_where_a_later_one_stands(windows, page, device):
    windows.expected = {409}
    address = new_party(page, f"改两次{device}")
    for text in ("第一次", "第二次"):
        page.goto(address + "edit/")
        page.get_by_label("备注").fill(text)
        press(page, SAVE)
        expect(fact(page, "备注")).to_contain_text(text)
    menu(page, "历史")
    page.locator("tbody tr").nth(1).get_by_role("button", name="撤销").click()
    expect(page.get_by_role("main")).to_contain_text("之后又有人改过")
    page.get_by_text("恢复成原来的").click()
    assert answered(page, "/undo/", lambda: press(page, page.locator(".save .btn.main").inner_text())) == 302
    page.goto(address)
    expect(fact(page, "备注")).to_contain_text("未填写")


def test_a_picture_stands_on_the_timeline(page, device):
    new_party(page, f"有照片{device}")
    page.locator("input[type=file]").set_input_files({"name": "门头.png", "mimeType": "image/png", "buffer": PICTURE})
    press(page, "添加")
    expect(toast(page)).to_contain_text("已添加：门头.png")
    picture = page.get_by_role("img", name="门头.png")
    expect(picture).to_be_attached()
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth === 1", arg=picture.element_handle())


def test_a_verb_asks_what_it_needs_and_the_badge_follows(page, device):
    new_party(page, f"往前走{device}")
    page.get_by_role("link", name="改阶段").click()
    page.get_by_text("意向", exact=True).click()
    press(page, "改阶段")
    expect(page.locator(".who")).to_contain_text("意向")


def test_a_customer_is_given_to_a_colleague_picked_by_typing(page, device):
    new_party(page, f"转出去{device}")
    page.get_by_role("link", name="转给同事").click()
    box = page.get_by_role("combobox", name="哪位同事")
    box.press_sequentially("销售乙")
    page.get_by_role("option", name="销售乙").click()
    expect(box).to_have_value("销售乙")
    press(page, "转给同事")
    expect(page.locator(".who")).to_contain_text("销售乙")
