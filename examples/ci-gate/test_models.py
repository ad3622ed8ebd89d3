"""The same gate as a test: `pip install mculint pytest`, then `pytest`."""


def test_keyword_model_fits(mculint):
    mculint.check("models/keyword.tflite", target="stm32f446re", sram="48 kB", flash="256 KiB")
