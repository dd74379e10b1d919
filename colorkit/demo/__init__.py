"""The demo in the browser: uploads, jobs and the page."""
