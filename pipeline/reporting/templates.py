"""Templates: the pages of this package, with everything that is put into them escaped."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template


@cache
def template(name: str) -> Template:
    """A template by its path in this package.

    Example:
        >>> template("page.html").name
        'page.html'
    """
    loader = PackageLoader("pipeline.reporting", package_path="")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.lstrip_blocks = True
    return environment.get_template(name)
