"""What is done before the component's image is taken."""

from wasidb_guest.component.warm_up import warm_up


def test_every_statement_of_the_warm_up_finds_its_row() -> None:
    inserted, got, page, updated, deleted = warm_up()
    assert inserted == "[1]"
    assert got == '[[1,10,"first"]]'
    assert page == '{"columns":["id","number","text"],"rows":[[1,10,"first"]]}'
    assert updated == deleted == "1"
