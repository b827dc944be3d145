"""Keizoku in a browser: `streamlit run app.py`. The frame around every page."""

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.frame import frame, server, shared_links
from pages.frame.first_paint import FirstPaint

if get_script_run_ctx(suppress_warning=True) is None:
    server.refuse_strangers()
    app = st.App(
        __file__,
        routes=shared_links.routes(),
        middleware=[*server.MIDDLEWARE, Middleware(FirstPaint)],
    )
else:
    frame.draw()
