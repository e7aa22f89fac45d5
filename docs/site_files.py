"""What the site has beside this folder: the README, which is its first page, and its neighbours.

They stand at the top of the repository, where people look for them; in the site everything is in
one folder. So links between the two lose `docs/` or `../` on the way. A hook of mkdocs.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
NEIGHBOURS = ("README.md", "FORMAT.md", "CHANGELOG.md", "wit/dbms.wit")
TO_THE_OTHER_FOLDER = re.compile(r"\]\((?:docs|\.\.)/")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for name in NEIGHBOURS:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    return TO_THE_OTHER_FOLDER.sub("](", markdown)
