internal import CTorchShim
internal import Foundation

/// Processes that compute together: sums and copies of tensors over all of them (c10d with gloo).
///
/// All ranks must call the same operations in the same order, each on one thread. Tensors of a GPU travel through the
/// host's memory. A rank that is killed or falls silent ends the operation of all others with an error that names it:
/// within some ten seconds when its connections close, after `RankPlace.patience` when they stay open.
public final class ProcessGroup {
    /// Which process this one is.
    public let place: RankPlace
    /// Time spent in operations so far, waiting for slower ranks included.
    public private(set) var exchanging = Duration.zero
    private let store: RankStore
    private let heartbeat: Heartbeat
    private var group: OpaquePointer?
    private var failure: ProcessGroupError?

    /// An operation that takes longer fails even if all ranks beat, in seconds: one of them waits for something else.
    private static let longestOperation = 3600.0
    /// Without a beat for so long a rank is lost, once a connection has failed.
    private static let silence = Duration.seconds(5 * Heartbeat.interval)
    /// Bytes that travel at once.
    private static let bucketBytes = 25 << 20

    /// Meets the other ranks; returns when all are there.
    /// - Throws: `ProcessGroupError.unreachable`, `.rankTaken`, `.missing` after the place's patience.
    public init(_ place: RankPlace) throws(ProcessGroupError) {
        Engine.prepare()
        self.place = place
        let (rank, count) = (place.rank, place.count)
        let here = (0..<count).map { "here/\($0)" }
        let store: RankStore
        do {
            store = try RankStore(place, isKeeper: place.keepsStore)
        } catch { throw Self.unreachable(place, error) }
        self.store = store
        let arrivals: Int64
        do {
            try store.add(1, to: Heartbeat.key(of: rank))
            arrivals = try store.add(1, to: here[rank])
        } catch { throw Self.unreachable(place, error) }
        guard arrivals == 1 else { throw .rankTaken(rank, count: count) }
        do {
            try store.wait(for: here, seconds: place.patience)
        } catch {
            let missing = (0..<count).filter { (try? store.has(here[$0])) == false }
            throw missing.isEmpty
                ? Self.unreachable(place, error)
                : .missing(ranks: missing, count: count, seconds: place.patience)
        }
        do {
            heartbeat = Heartbeat(try RankStore(place, isKeeper: false), rank: rank, count: count)
        } catch { throw Self.unreachable(place, error) }
        var error = CTError()
        group = store.withHandle {
            ct_group_open(
                $0, Int32(clamping: rank), Int32(clamping: count), place.patience, Self.longestOperation,
                &error)
        }
        guard group != nil else {
            let reason = TensorError(taking: &error, operation: "ProcessGroup.init").engineMessage
            throw blame(Self.firstLine(reason))
        }
    }

    deinit {
        heartbeat.stop()
        // What failed may still wait for an answer, and so would this: it goes with the process.
        if failure == nil, let group { ct_group_free(group) }
    }

    /// Replaces each tensor by its sum over all ranks, in place; the same bytes everywhere.
    /// - Throws: `ProcessGroupError`; the tensors may then hold anything.
    package func sum(_ tensors: [Tensor]) throws(ProcessGroupError) {
        try exchange(tensors) { ct_group_sum($0, $1, &$2) }
    }
    /// Replaces each tensor by its mean over all ranks, in place.
    /// - Throws: `ProcessGroupError`; the tensors may then hold anything.
    package func mean(_ tensors: [Tensor]) throws(ProcessGroupError) {
        try sum(tensors)
        do {
            try Autograd.disabled { () throws(TensorError) in
                try Tensor.multiplyInPlace(tensors, by: 1 / Double(place.count))
            }
        } catch { throw .engine(error) }
    }
    /// Overwrites each tensor with that of rank `root`.
    /// - Throws: `ProcessGroupError`; the tensors may then hold anything.
    package func broadcast(_ tensors: [Tensor], from root: Int = 0) throws(ProcessGroupError) {
        try exchange(tensors) { ct_group_broadcast($0, $1, Int32(clamping: root), &$2) }
    }
    /// The sum of a number over all ranks.
    /// - Throws: `ProcessGroupError`.
    public func sum(_ number: Double) throws(ProcessGroupError) -> Double {
        do {
            let tensor = try Tensor([number], shape: [1])
            try sum([tensor])
            return try tensor.item()
        } catch let error as ProcessGroupError { throw error } catch let error as TensorError {
            throw .engine(error)
        } catch { throw .broken(reason: "\(error)") }
    }
    /// Waits until all ranks have come here.
    /// - Throws: `ProcessGroupError`.
    public func barrier() throws(ProcessGroupError) { _ = try sum(0) }

    /// Says that this rank's work is done; where the store is kept, waits until all have said so, ten seconds at most.
    public func leave() {
        let left = (0..<place.count).map { "left/\($0)" }
        guard failure == nil, (try? store.set(left[place.rank], to: "")) != nil, place.keepsStore else {
            return
        }
        try? store.wait(for: left, seconds: 10)
    }

    /// The text that rank 0 gives; every rank must ask under the same name, once.
    /// - Throws: `ProcessGroupError.unreachable` when the store does not answer.
    public func textOfFirst(_ name: String, _ text: String) throws(ProcessGroupError) -> String {
        do {
            if place.rank == 0 { try store.set("text/" + name, to: text) }
            return place.rank == 0 ? text : try store.text(of: "text/" + name)
        } catch { throw Self.unreachable(place, error) }
    }

    // MARK: - Buckets

    private typealias Start = (_ group: OpaquePointer?, OpaquePointer, inout CTError) -> OpaquePointer?

    private func exchange(_ tensors: [Tensor], _ start: Start) throws(ProcessGroupError) {
        if let failure { throw failure }
        let begin = ContinuousClock.now
        defer { exchanging += .now - begin }
        for bucket in Self.buckets(tensors) {
            do {
                let flat = try Self.packed(bucket)
                var error = CTError()
                guard let work = start(group, flat.handle, &error) else {
                    throw TensorError(taking: &error, operation: "ProcessGroup", shapes: [flat.shape])
                }
                // A failed work may still be under way; it and what it writes to then stay until the process ends.
                do { try wait(for: work) } catch {
                    _ = Unmanaged.passRetained(flat)
                    throw error
                }
                ct_work_free(work)
                try Self.unpack(flat, into: bucket)
            } catch let error as ProcessGroupError {
                failure = error
                throw error
            } catch let error as TensorError {
                failure = .engine(error)
                throw .engine(error)
            } catch { throw .broken(reason: "\(error)") }
        }
    }

    /// Tensors that travel together: neighbours of one type and one device.
    static func buckets(_ tensors: [Tensor], bytes limit: Int = bucketBytes) -> [[Tensor]] {
        var buckets: [[Tensor]] = []
        var bytes = 0
        for tensor in tensors where tensor.count > 0 {
            let size = tensor.count * tensor.dtype.byteCount
            if let last = buckets.last?.last, last.dtype == tensor.dtype, last.device == tensor.device,
                bytes + size <= limit
            {
                buckets[buckets.count - 1].append(tensor)
                bytes += size
            } else {
                buckets.append([tensor])
                bytes = size
            }
        }
        return buckets
    }
    private static func packed(_ bucket: [Tensor]) throws(TensorError) -> Tensor {
        var flat: [Tensor] = []
        for tensor in bucket { flat.append(try tensor.detached().contiguous().flattened()) }
        return try Tensor.concatenated(flat).to(.cpu)
    }
    private static func unpack(_ flat: Tensor, into bucket: [Tensor]) throws(TensorError) {
        try Autograd.disabled { () throws(TensorError) in
            let flat = try flat.to(bucket.first?.device ?? .cpu)
            var place = 0
            for tensor in bucket {
                try tensor.overwrite(
                    with: flat.slice(place..<place + tensor.count).reshaped(to: tensor.shape))
                place += tensor.count
            }
        }
    }

    // MARK: - Waiting and losing

    private func wait(for work: OpaquePointer) throws(ProcessGroupError) {
        var pause = 20e-6
        var looked = ContinuousClock.now
        while true {
            var error = CTError()
            switch ct_work_state(work, &error) {
            case 1: return
            case 0: break
            default:
                let reason = TensorError(taking: &error, operation: "ProcessGroup").engineMessage
                throw blame(Self.firstLine(reason))
            }
            Thread.sleep(forTimeInterval: pause)
            pause = min(pause * 1.5, 1e-3)
            if .now - looked > .seconds(0.25) {
                looked = .now
                if let lost = lost(.seconds(place.patience)) { throw lost }
            }
        }
    }

    /// Who is to blame for a connection that failed.
    private func blame(_ reason: String) -> ProcessGroupError {
        let deadline = ContinuousClock.now + Self.silence * 3
        while .now < deadline {
            if let lost = lost(Self.silence) { return lost }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return .broken(reason: reason)
    }

    /// The ranks that have been silent for so long, as an error; nil while all beat.
    private func lost(_ silence: Duration) -> ProcessGroupError? {
        if let verdict = heartbeat.verdict { return .lost(ranks: verdict, count: place.count) }
        if heartbeat.isStoreSilent(for: silence) {
            return place.isStoreElsewhere
                ? .unreachable(host: place.host, port: place.port, reason: "the store has stopped answering")
                : .lost(ranks: [0], count: place.count)
        }
        let silent = heartbeat.silent(for: silence)
        guard !silent.isEmpty else { return nil }
        Heartbeat.publish(silent, in: store)
        // The store goes with its keeper: the others must have read the verdict before.
        if place.keepsStore { Thread.sleep(forTimeInterval: 3 * Heartbeat.interval) }
        return .lost(ranks: silent, count: place.count)
    }

    private static func unreachable(_ place: RankPlace, _ error: TensorError) -> ProcessGroupError {
        .unreachable(host: place.host, port: place.port, reason: firstLine(error.engineMessage))
    }
    private static func firstLine(_ message: String) -> String {
        message.split(separator: "\n").first.map(String.init) ?? "no message"
    }
}
