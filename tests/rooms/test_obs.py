"""The OBS profile over HTTP: what OBS imports, with the key only for who just made it."""

import configparser
import io
import json
import zipfile

from tests.rooms.test_api import Site, site

__all__ = ["site"]


def unpacked(content: bytes) -> tuple[dict[str, str], configparser.ConfigParser]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        folder = names[0].split("/")[0]
        assert names == [f"{folder}/basic.ini", f"{folder}/service.json", "README.txt"]
        service = json.loads(archive.read(f"{folder}/service.json"))
        ini = configparser.ConfigParser()
        ini.read_string(archive.read(f"{folder}/basic.ini").decode())
    assert service["type"] == "rtmp_custom"
    return service["settings"], ini


async def test_a_profile_is_a_folder_that_obs_imports_ready_to_stream(site: Site) -> None:
    made = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()
    body = {"stream_key": made["stream_key"]}
    answer = await site.ask("host", "POST", "/rooms/ROOM/obs-profile", body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    settings, ini = unpacked(answer.content)
    assert (settings["server"], settings["key"]) == (made["server_url"], made["stream_key"])
    assert ini["Output"]["Mode"] == "Simple"
    assert ini["SimpleOutput"]["VBitrate"] == "2500"
    assert "keyint=60" in ini["SimpleOutput"]["x264Settings"]
    assert (ini["Video"]["OutputCX"], ini["Video"]["FPSCommon"]) == ("1280", "30")


async def test_without_the_key_the_file_says_so(site: Site) -> None:
    made = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()
    answer = await site.ask("moderator", "GET", "/rooms/ROOM/obs-profile")
    settings, _ = unpacked(answer.content)
    assert (settings["server"], settings["key"]) == (made["server_url"], "")
    assert made["stream_key"].encode() not in answer.content


async def test_a_key_of_another_room_or_of_nobody_makes_no_file(site: Site) -> None:
    other = (await site.ask("other_host", "POST", "/rooms", {"title": "另一间"})).json()["id"]
    theirs = (await site.ask("other_host", "POST", f"/rooms/{other}/stream-key")).json()
    own = (await site.ask("host", "POST", "/rooms/ROOM/stream-key")).json()["stream_key"]
    for who, key, wanted in (
        ("host", theirs["stream_key"], 404),
        ("host", "made-up", 404),
        ("other_host", own, 404),
        ("moderator", own, 403),
        ("nobody", own, 401),
    ):
        answer = await site.ask(who, "POST", "/rooms/ROOM/obs-profile", {"stream_key": key})
        assert answer.status_code == wanted, who
