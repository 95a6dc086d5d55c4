import Diagnostics
import Foundation
import Testing

@testable import DurableFiles

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct DurableFileErrorTests {
    private let url = URL(filePath: "/data/runs/a b.bin")

    @Test func everyCaseSaysWhatAndWhere() {
        let texts: [(DurableFileError, String)] = [
            (
                .diskFull(url, wanted: 91_000_000, free: 4_200_000),
                "/data/runs/a b.bin: the disk is full (at least 91.0 MB needed, 4.2 MB free)"
            ),
            (
                .diskFull(url, wanted: 0, free: nil),
                "/data/runs/a b.bin: the disk is full (free space unknown)"
            ),
            (
                .quotaReached(url, wanted: 912),
                "/data/runs/a b.bin: your disk quota is used up (at least 912 bytes needed)"
            ),
            (
                .fileTooLarge(url, wanted: 65_536),
                "/data/runs/a b.bin: a file of at least 65.5 kB is larger than the file system or the process's limit "
                    + "allows"
            ),
            (.permissionDenied(url, operation: "open"), "/data/runs/a b.bin: no permission to open it"),
            (.readOnlyFileSystem(url), "/data/runs/a b.bin: the file system is read-only"),
            (.missingFolder(url), "/data/runs/a b.bin: the folder /data/runs does not exist"),
            (.isFolder(url), "/data/runs/a b.bin: expected a file to write, found a folder"),
            (.notAFolder(url), "/data/runs/a b.bin: expected a folder, found something else in its path"),
            (
                .notARegularFile(url),
                "/data/runs/a b.bin: expected a regular file, found a device, pipe or socket"
            ),
            (.nameTooLong(url), "/data/runs/a b.bin: the name is too long for the file system"),
            (
                .lineBreakInLine(url),
                "/data/runs/a b.bin: expected one line to append, found a line break in it"
            ),
        ]
        for (error, summary) in texts {
            #expect(error.summary == summary)
            #expect(!error.advice.isEmpty)
        }
        let other = DurableFileError.failed(url, operation: "flush", code: EIO).summary
        #expect(other.hasPrefix("/data/runs/a b.bin: cannot flush it (error 5: "))
        #expect(DurableFileError.missingFolder(url).advice == ["`mkdir -p \"/data/runs\"`"])
    }

    @Test func errorNumbersBecomeCases() {
        let pairs: [(Int32, DurableFileError)] = [
            (ENOSPC, .diskFull(url, wanted: 5, free: nil)), (EDQUOT, .quotaReached(url, wanted: 5)),
            (EFBIG, .fileTooLarge(url, wanted: 5)), (EACCES, .permissionDenied(url, operation: "write")),
            (EPERM, .permissionDenied(url, operation: "write")), (EROFS, .readOnlyFileSystem(url)),
            (ENOENT, .missingFolder(url)), (ENOTDIR, .notAFolder(url)), (EISDIR, .isFolder(url)),
            (ENAMETOOLONG, .nameTooLong(url)), (EIO, .failed(url, operation: "write", code: EIO)),
        ]
        for (code, error) in pairs { #expect(System.error(code, "write", url, wanted: 5) == error) }
    }

    @Test func sizesReadWell() {
        #expect(
            [0, 1, 999, 1000, 999_949, 999_950, 1 << 40].map(DurableFileError.size) == [
                "0 bytes", "1 byte", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "1.1 TB",
            ])
        #expect(DurableFileError.size(.max) == "9.2 EB")
    }
}
