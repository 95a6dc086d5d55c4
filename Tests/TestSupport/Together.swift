import Foundation
import Synchronization
public import Tensors

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A port of this machine that nobody used a moment ago.
/// - Throws: `NoFreePort`.
public func freePort() throws -> Int {
    #if canImport(Darwin)
        let handle = socket(AF_INET, SOCK_STREAM, 0)
    #else
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    defer { close(handle) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(handle, $0, length) == 0 && getsockname(handle, $0, &length) == 0
        }
    }
    guard isBound else { throw NoFreePort() }
    return Int(UInt16(bigEndian: address.sin_port))
}
/// The machine has no port to give.
public struct NoFreePort: Error {}

/// Runs `body` once as each place, each on a thread of its own, and waits for all without holding a thread of the pool.
///
/// - Parameters:
///   - places: which ranks; several may be the same.
///   - body: what each does.
/// - Returns: what each gave or threw, in the order of `places`.
public func together<R: Sendable>(
    _ places: [RankPlace], _ body: @escaping @Sendable (RankPlace) throws -> R
) async -> [Result<R, any Error>] {
    let results = Mutex([Result<R, any Error>?](repeating: nil, count: places.count))
    await withCheckedContinuation { continuation in
        let left = DispatchGroup()
        for _ in places { left.enter() }
        left.notify(queue: .global()) { continuation.resume() }
        for (index, place) in places.enumerated() {
            let thread = Thread {
                let result = Result { try body(place) }
                results.withLock { $0[index] = result }
                left.leave()
            }
            thread.stackSize = 16 << 20
            thread.start()
        }
    }
    return results.withLock { $0.compactMap { $0 } }
}

/// The places of so many ranks on this machine, who meet at a free port.
/// - Throws: `NoFreePort`.
public func localRanks(_ count: Int, patience: Double = 60) throws -> [RankPlace] {
    let port = try freePort()
    return (0..<count).map {
        RankPlace(rank: $0, count: count, host: "127.0.0.1", port: port, patience: patience)
    }
}
