"""Lets Poetry work with a package index that has the list of a project's files but no
page for each of its versions: such a page is made from the list."""
import sys

if any(word.rsplit("/", 1)[-1] == "poetry" for word in sys.orig_argv[:3]):
    import re

    from poetry.repositories.pypi_repository import PyPiRepository as Index

    get = Index._get

    def page(self, endpoint, *args, **kwargs):
        data = get(self, endpoint, *args, **kwargs)
        asked = re.fullmatch(r"pypi/([^/]+)/([^/]+)/json", endpoint)
        if data is not None or not asked:
            return data
        name, version = asked.groups()
        files = get(self, f"simple/{name}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})["files"]
        part = re.compile(re.escape(name).replace(r"\-", "[-_.]") + "-" + re.escape(version) + r"(-|\.tar|\.zip)", re.IGNORECASE)
        return {
            "info": {"name": name, "version": version, "summary": "", "requires_dist": None, "requires_python": None, "yanked": False},
            "urls": [
                {"filename": f["filename"], "url": f["url"], "digests": f["hashes"], "packagetype": "bdist_wheel" if f["filename"].endswith(".whl") else "sdist"}
                for f in files if part.match(f["filename"])
            ],
        }

    Index._get = page
