"""What a WSGI server loads: `waitress-serve wsgi:app`, `gunicorn wsgi:app`."""

from crm import create_app

app = create_app()
