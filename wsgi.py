"""What a WSGI server loads: `waitress-serve wsgi:app`, `gunicorn wsgi:app`."""

from crm import create_app
from crm.web import memory

app = create_app()
memory.settle()
