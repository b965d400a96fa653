"""Our hand-written LiveKit messages against the schema that LiveKit publishes.

Every file, message, field and enum value that proto/livekit_*.proto declares has to exist in the
`livekit-protocol` package (a dependency of `livekit-api`) with the same number, type, label and
presence. What the package has beyond ours is no concern: protobuf skips it.

psrpc's envelopes and the messages of package `rpc` are in no Python package; src/rpc tests them
against recorded bytes.
"""

import pathlib
import subprocess

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from livekit.protocol import ingress, models, rtc  # noqa: F401  (registers the descriptors)

PROTO_DIR = pathlib.Path(__file__).resolve().parents[2] / "proto"
FILES = ["livekit_models.proto", "livekit_ingress.proto", "livekit_rtc.proto"]

Field = descriptor_pb2.FieldDescriptorProto


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Our files as {file name: FileDescriptorProto}, compiled by protoc."""
    out = tmp_path_factory.mktemp("protos") / "ours.bin"
    command = ["protoc", f"--proto_path={PROTO_DIR}", f"--descriptor_set_out={out}", *FILES]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file
    return {file.name: file for file in files}


def published(name):
    """LiveKit's file of the same name as a FileDescriptorProto."""
    file = descriptor_pb2.FileDescriptorProto()
    descriptor_pool.Default().FindFileByName(name).CopyToProto(file)
    return file


def presence(message, field):
    """How `field` tells unset from zero: by 'optional', by the named oneof, or not at all."""
    if field.proto3_optional:
        return "optional"
    if field.HasField("oneof_index"):
        return "oneof " + message.oneof_decl[field.oneof_index].name
    return "implicit"


def describe(message, field):
    return {
        "number": field.number,
        "type": Field.Type.Name(field.type),
        "of": field.type_name,
        "label": Field.Label.Name(field.label),
        "presence": presence(message, field),
    }


def enum_differences(path, mine, theirs):
    wanted = {value.name: value.number for value in theirs.value}
    for value in mine.value:
        if wanted.get(value.name) != value.number:
            yield f"{path}.{value.name} = {value.number}, published: {wanted.get(value.name)}"


def message_differences(path, mine, theirs):
    wanted = {field.name: describe(theirs, field) for field in theirs.field}
    for field in mine.field:
        if wanted.get(field.name) != describe(mine, field):
            yield (
                f"{path}.{field.name} is {describe(mine, field)}, "
                f"published: {wanted.get(field.name)}"
            )
    yield from scope_differences(path, mine.nested_type, theirs.nested_type, message_differences)
    yield from scope_differences(path, mine.enum_type, theirs.enum_type, enum_differences)


def scope_differences(path, mine, theirs, compare):
    """Compares what is declared by the same name in both scopes."""
    wanted = {item.name: item for item in theirs}
    for item in mine:
        if item.name in wanted:
            yield from compare(f"{path}.{item.name}", item, wanted[item.name])
        else:
            yield f"{path}.{item.name} is not published"


def file_differences(mine, theirs):
    if mine.package != theirs.package:
        yield f"package {mine.package}, published: {theirs.package}"
    yield from scope_differences(
        mine.package, mine.message_type, theirs.message_type, message_differences
    )
    yield from scope_differences(mine.package, mine.enum_type, theirs.enum_type, enum_differences)


@pytest.mark.parametrize("name", FILES)
def test_every_declaration_is_as_published(ours, name):
    assert list(file_differences(ours[name], published(name))) == []


def test_the_comparison_notices_each_kind_of_difference(ours):
    theirs = published("livekit_ingress.proto")

    def differences(change):
        mine = descriptor_pb2.FileDescriptorProto()
        mine.CopyFrom(ours["livekit_ingress.proto"])
        messages = {message.name: message for message in mine.message_type}
        change(mine, {field.name: field for field in messages["IngressInfo"].field}, messages)
        return list(file_differences(mine, theirs))

    def renumber(mine, info, messages):
        info["room_name"].number = 99

    def retype(mine, info, messages):
        info["reusable"].type = Field.TYPE_INT32

    def repeat(mine, info, messages):
        info["url"].label = Field.LABEL_REPEATED

    def drop_presence(mine, info, messages):
        info["enabled"].proto3_optional = False
        info["enabled"].ClearField("oneof_index")

    def point_elsewhere(mine, info, messages):
        info["state"].type_name = ".livekit.InputVideoState"

    def rename_field(mine, info, messages):
        info["name"].name = "title"

    def rename_message(mine, info, messages):
        messages["IngressState"].name = "State"

    def renumber_nested_enum(mine, info, messages):
        messages["IngressState"].enum_type[0].value[1].number = 17

    def rename_enum_value(mine, info, messages):
        mine.enum_type[0].value[0].name = "RTMP"

    assert differences(lambda *_: None) == []
    for change in (
        renumber,
        retype,
        repeat,
        drop_presence,
        point_elsewhere,
        rename_field,
        rename_message,
        renumber_nested_enum,
        rename_enum_value,
    ):
        assert len(differences(change)) == 1, change.__name__
