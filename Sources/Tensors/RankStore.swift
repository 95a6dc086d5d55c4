internal import CTorchShim
internal import Foundation

/// A connection to the store of keys by which processes find each other (c10d's `TCPStore`).
///
/// A call may wait for the network, but for no longer than the store's patience unless its keeper stands still.
final class RankStore: Sendable {
    private nonisolated(unsafe) let handle: OpaquePointer

    /// Connects; the store itself runs in this process when `isKeeper`.
    init(_ place: RankPlace, isKeeper: Bool) throws(TensorError) {
        var error = CTError()
        guard
            let handle = ct_store_open(
                place.host, Int32(clamping: place.port), isKeeper ? 1 : 0, "darkroom/\(place.attempt)",
                place.patience, &error)
        else { throw TensorError(taking: &error, operation: "RankStore.init") }
        self.handle = handle
    }
    deinit { ct_store_free(handle) }

    /// Gives a key a text.
    func set(_ key: String, to text: String) throws(TensorError) {
        var error = CTError()
        guard ct_store_set(handle, key, text, &error) == 0 else {
            throw TensorError(taking: &error, operation: "RankStore.set")
        }
    }
    /// The text of a key, waiting until it has one.
    func text(of key: String) throws(TensorError) -> String {
        var error = CTError()
        guard let text = ct_store_get(handle, key, &error) else {
            throw TensorError(taking: &error, operation: "RankStore.text")
        }
        defer { free(text) }
        return String(cString: text)
    }
    /// True when the key has been set.
    func has(_ key: String) throws(TensorError) -> Bool {
        var error = CTError()
        let answer = ct_store_has(handle, key, &error)
        guard answer >= 0 else { throw TensorError(taking: &error, operation: "RankStore.has") }
        return answer == 1
    }
    /// Waits until all keys have been set.
    func wait(for keys: [String], seconds: Double) throws(TensorError) {
        var error = CTError()
        let outcome = Self.withNames(keys) { ct_store_wait(handle, $0, Int64(keys.count), seconds, &error) }
        guard outcome == 0 else { throw TensorError(taking: &error, operation: "RankStore.wait") }
    }
    /// Counts a key up and gives its new value.
    @discardableResult
    func add(_ amount: Int64, to key: String) throws(TensorError) -> Int64 {
        var error = CTError()
        var sum: Int64 = 0
        guard ct_store_add(handle, key, amount, &sum, &error) == 0 else {
            throw TensorError(taking: &error, operation: "RankStore.add")
        }
        return sum
    }
    /// The values of counted keys, waiting until all have one.
    func counters(_ keys: [String]) throws(TensorError) -> [Int64] {
        var error = CTError()
        var values = [Int64](repeating: 0, count: keys.count)
        let outcome = Self.withNames(keys) {
            ct_store_counters(handle, $0, Int64(keys.count), &values, &error)
        }
        guard outcome == 0 else { throw TensorError(taking: &error, operation: "RankStore.counters") }
        return values
    }

    /// Lends the connection to the shim.
    func withHandle<R>(_ body: (OpaquePointer) -> R) -> R { withExtendedLifetime(self) { body(handle) } }

    private static func withNames<R>(
        _ names: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> R
    ) -> R {
        let copies = names.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return copies.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
