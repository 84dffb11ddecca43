import os

from runtui.catalog.sync.filesystem import FileSystem, filesystem_of

TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw shared:2 - nfs4 server:/home rw
31 22 0:41 / /home/me/local\040disk rw shared:3 - xfs /dev/sdb1 rw
32 22 0:42 / /scratch rw - lustre mds:/scratch rw
33 22 0:43 / /mnt rw - ext4 /dev/sdc rw
34 22 0:44 / /mnt rw - fuse.sshfs host: rw
broken line
"""


def test_longest_mount_point_wins() -> None:
    assert filesystem_of("/var/runs", TABLE) == FileSystem("ext4", "/")
    assert filesystem_of("/home/me/runs", TABLE) == FileSystem("nfs4", "/home")
    assert filesystem_of("/home/me/local disk/runs", TABLE) == FileSystem("xfs", "/home/me/local disk")
    assert filesystem_of("/homestead", TABLE) == FileSystem("ext4", "/")


def test_later_mount_on_the_same_point_wins() -> None:
    assert filesystem_of("/mnt/runs", TABLE).type == "fuse.sshfs"


def test_only_known_local_file_systems_have_events() -> None:
    assert filesystem_of("/var", TABLE).has_events
    assert not filesystem_of("/scratch/me", TABLE).has_events
    assert not filesystem_of("/mnt/x", TABLE).has_events
    assert not filesystem_of("/anything", "").has_events


def test_mount_table_of_this_machine_is_read(tmp_path) -> None:
    found = filesystem_of(os.path.realpath(tmp_path))
    assert found.type
    assert os.path.ismount(found.mount_point)
