import Foundation
import Testing

@testable import WeightFiles

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Runs `body` with an empty folder of its own, removed afterwards.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(
        path: "darkroom-weights-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

/// The bytes of a safetensors file with this header, made up to fit; `data` bytes follow, counting up from 0.
func file(header: String, data: Int = 0) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
        + (0..<data).map { UInt8(truncatingIfNeeded: $0) }
}

/// Opens bytes that end exactly where unreadable memory begins: one byte too far ends the process.
func open(guarded bytes: [UInt8], at url: URL = URL(filePath: "/x.safetensors")) throws -> SafetensorsFile {
    try SafetensorsFile(guarded(bytes), at: url)
}

/// A copy of the bytes that ends exactly where unreadable memory begins.
///
/// Reading before the first byte is caught only where the bytes fill their pages.
func guarded(_ bytes: [UInt8]) throws -> FileMapping {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = (bytes.count + page - 1) / page * page + page
    guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        start != MAP_FAILED
    else { throw POSIXError(.ENOMEM) }
    let first = start + (size - page - bytes.count)
    first.copyMemory(from: bytes, byteCount: bytes.count)
    mprotect(start, size - page, PROT_READ)
    mprotect(start + (size - page), page, PROT_NONE)
    let address = UInt(bitPattern: start)
    return FileMapping(UnsafeRawBufferPointer(start: first, count: bytes.count)) { _ in
        munmap(UnsafeMutableRawPointer(bitPattern: address), size)
    }
}

/// A file of the fixtures.
func fixture(_ name: String, _ ending: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: ending, subdirectory: "Fixtures"))
}
