"""Golden fixture of TensorBoard's event files, written by TensorBoard's own messages and record writer.

usage: tensorboard_events.py [OUTPUT FOLDER]      (needs tensorboard 2.20.0, see requirements.txt)
       tensorboard_events.py --read FILE          (prints what TensorBoard's reader finds in an event file)

Five records: the version, a start at step 0, two scalars at step 32, a picture of 2 × 1 pixels at step 32, and a start
at step 300. The clock goes from 1000.5 in steps of a quarter second.
"""
import pathlib
import struct
import sys
import zlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

TIMES = [1000.5 + index / 4 for index in range(5)]


def png():
    """Two pixels, red and blue."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)
    pixels = b"\0\xff\0\0\0\0\xff"
    # Stored, not deflated, so that no version of zlib changes the bytes.
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(pixels), len(pixels) ^ 0xFFFF) + pixels
    stored += struct.pack(">I", zlib.adler32(pixels))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stored) + chunk(b"IEND", b"")


def events():
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    scalars = summary_pb2.Summary(value=[
        summary_pb2.Summary.Value(tag="loss", simple_value=0.3125),
        summary_pb2.Summary.Value(tag="learning_rate", simple_value=1e-3)])
    image = summary_pb2.Summary.Image(height=1, width=2, colorspace=3, encoded_image_string=png())
    yield event_pb2.Event(wall_time=TIMES[0], file_version="brain.Event:2")
    yield event_pb2.Event(wall_time=TIMES[1], session_log=start)
    yield event_pb2.Event(wall_time=TIMES[2], step=32, summary=scalars)
    yield event_pb2.Event(
        wall_time=TIMES[3], step=32,
        summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="samples", image=image)]))
    yield event_pb2.Event(wall_time=TIMES[4], step=300, session_log=start)


def read(path):
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    for event in LegacyEventFileLoader(path).Load():
        what = event.WhichOneof("what")
        print(event.step, what, [
            (value.tag, value.WhichOneof("value"), value.simple_value) for value in event.summary.value])


def main():
    if sys.argv[1:2] == ["--read"]:
        return read(sys.argv[2])
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here.parents[1] / "Tests/TrainingTests/Fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "events.tfevents", "wb") as file:
        writer = RecordWriter(file)
        for event in events():
            writer.write(event.SerializeToString())
        writer.flush()
    (folder / "two-pixels.png").write_bytes(png())
    print("events.tfevents")


if __name__ == "__main__":
    main()
