from collections.abc import Iterator

import pytest

from acd.app import local_token

pytest.register_assert_rewrite("tests.world", "tests.stories.acd")


@pytest.fixture(scope="session", autouse=True)
def token_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Processes that are started keep the tokens for their command line here, not at home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(local_token.FOLDER, str(tmp_path_factory.mktemp("tokens")))
        patch.delenv("ACD_TOKEN", raising=False)
        yield
