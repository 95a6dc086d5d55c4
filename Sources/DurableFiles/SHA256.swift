public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SHA-256, by which files are known again.
///
/// Source: FIPS 180-4, section 6.2. Written here because a library for it would take longer to build than Darkroom.
public struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    /// Nothing hashed yet.
    public init() {}

    /// The SHA-256 of bytes, 64 hexadecimal digits.
    public static func digits(of bytes: some DataProtocol) -> String {
        var hash = SHA256()
        for region in bytes.regions { region.withUnsafeBytes { hash.add($0) } }
        return hash.hexadecimal()
    }

    /// The SHA-256 of a file, read piece by piece, 64 hexadecimal digits.
    /// - Throws: `DurableFileError.failed` when it cannot be read.
    public static func digits(ofFile url: URL) throws(DurableFileError) -> String {
        var hash = SHA256()
        try hash.add(file: url)
        return hash.hexadecimal()
    }

    /// Adds the bytes of a file behind those added before.
    /// - Throws: `DurableFileError.failed` when it cannot be read.
    public mutating func add(file url: URL) throws(DurableFileError) {
        let descriptor = open(try System.path(of: url), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(url, operation: "open", code: errno) }
        defer { close(descriptor) }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw .failed(url, operation: "read", code: errno)
            }
            piece.withUnsafeBytes { add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    /// Adds bytes behind those added before.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let taken = bytes.prefix(64 - rest.count)
            rest += taken
            bytes = bytes.dropFirst(taken.count)
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { Self.compress($0, into: &state) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.count / 64 * 64
        if whole > 0 {
            Self.compress(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)), into: &state)
        }
        rest += bytes.dropFirst(whole)
    }

    /// The digest of everything added so far, 64 hexadecimal digits.
    public func hexadecimal() -> String {
        var last = rest + [0x80]
        while last.count % 64 != 56 { last.append(0) }
        withUnsafeBytes(of: (length &* 8).bigEndian) { last += $0 }
        var state = state
        last.withUnsafeBytes { Self.compress($0, into: &state) }
        let digits = Array("0123456789abcdef")
        var text = ""
        for word in state {
            for shift in stride(from: 28, through: 0, by: -4) { text.append(digits[Int(word >> shift & 15)]) }
        }
        return text
    }

    /// Works whole blocks of 64 bytes into the state.
    private static func compress(_ bytes: UnsafeRawBufferPointer, into state: inout [UInt32]) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
            constants.withUnsafeBufferPointer { k in
                state.withUnsafeMutableBufferPointer { state in
                    for block in stride(from: 0, to: bytes.count, by: 64) {
                        schedule(bytes, block, w)
                        rounds(w, k, state)
                    }
                }
            }
        }
    }

    private static func schedule(
        _ bytes: UnsafeRawBufferPointer, _ block: Int, _ w: UnsafeMutableBufferPointer<UInt32>
    ) {
        for i in 0..<16 {
            w[i] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: block + i * 4, as: UInt32.self))
        }
        for i in 16..<64 {
            let (x, y) = (w[i - 15], w[i - 2])
            let s0 = turned(x, 7) ^ turned(x, 18) ^ x >> 3
            let s1 = turned(y, 17) ^ turned(y, 19) ^ y >> 10
            w[i] = w[i - 16] &+ s0 &+ w[i - 7] &+ s1
        }
    }

    private static func rounds(
        _ w: UnsafeMutableBufferPointer<UInt32>, _ k: UnsafeBufferPointer<UInt32>,
        _ state: UnsafeMutableBufferPointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for i in 0..<64 {
            let s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ s1 &+ choice &+ k[i] &+ w[i]
            let s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ s0 &+ majority)
        }
        for (place, value) in [a, b, c, d].enumerated() { state[place] &+= value }
        for (place, value) in [e, f, g, h].enumerated() { state[place + 4] &+= value }
    }

    private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
