"""What outlives a session: datasets and their versions, settings, and confirmed mappings."""

from cs_core.workspace.names import check_name, header_signature
from cs_core.workspace.store import (
    HeldDataset,
    NewVersion,
    SourceFile,
    StoredDataset,
    Workspace,
    default_home,
    source_files,
)

__all__ = [
    "HeldDataset",
    "NewVersion",
    "SourceFile",
    "StoredDataset",
    "Workspace",
    "check_name",
    "default_home",
    "header_signature",
    "source_files",
]
