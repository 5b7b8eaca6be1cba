"""Gets files of a model by its name from a model hub, or a mirror of one, and leaves them in a folder.

    hub.py OWNER/NAME OUT FILE...        FILE may be `A|B`: the first of the two that the repository has

Files go to OUT by their own name, without the folders of the repository. HF_ENDPOINT names a mirror, HF_TOKEN a token for
models whose licence has to be accepted. Prints one line and ends with 1 when something cannot be had.
"""

import shutil
import sys
from pathlib import Path

from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError


def get(repository: str, names: list[str], out: Path) -> None:
    for position, name in enumerate(names):
        try:
            file = hf_hub_download(repository, name, cache_dir=out / ".download")
        except EntryNotFoundError:
            if position + 1 < len(names):
                continue
            sys.exit(f"{repository} has no {' or '.join(names)}")
        except GatedRepoError:
            sys.exit(f"{repository}: its licence has to be accepted first, on its page; then set HF_TOKEN to a token of yours")
        except RepositoryNotFoundError:
            sys.exit(f"no model is called {repository}, or it is not open to everybody (HF_TOKEN)")
        except (HfHubHTTPError, OSError) as error:
            sys.exit(f"{repository}/{name} could not be fetched: {str(error).splitlines()[0]}")
        shutil.copyfile(file, out / Path(name).name)
        return


def main() -> None:
    repository, out, *files = sys.argv[1:]
    for names in files:
        get(repository, names.split("|"), Path(out))
    shutil.rmtree(Path(out) / ".download", ignore_errors=True)


main()
