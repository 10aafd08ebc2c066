import pytest

pytest.register_assert_rewrite("tests.world", "tests.stories.acd")
