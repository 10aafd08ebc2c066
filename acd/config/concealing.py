"""What people may see of a piece: never a secret, only what stands for it."""

from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from acd.config.file import File
from acd.config.placeholders import has_any
from acd.config.schema import entries

HIDDEN = "***"


def concealed(section: str, key: str, value: Any) -> Any:
    """The value of a key of an entry in the section. A placeholder is shown as it is written."""
    field = File.model_fields.get(section)
    model = entries(field.annotation) if field else None
    if value is None or not _is_secret(model, key) or has_any(str(value)):
        return value
    return HIDDEN


def concealed_body(section: str, body: dict[str, Any]) -> dict[str, Any]:
    return {key: concealed(section, key, value) for key, value in body.items()}


def _is_secret(model: type[BaseModel] | None, key: str) -> bool:
    if model is None or key not in model.model_fields:
        return False
    annotation = model.model_fields[key].annotation
    return SecretStr in (annotation, *get_args(annotation))
