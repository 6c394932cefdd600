"""What a WSGI server loads: `waitress-serve wsgi:app`, `gunicorn wsgi:app`."""

from crm import config, create_app
from crm.cli.checked import check_master
from crm.web import memory

check_master(config.read())
app = create_app()
memory.settle()
