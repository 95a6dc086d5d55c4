public import Foundation
public import Pipelines
public import Recipes
public import Tensors
import Training

/// The one who works on a device: everything that touches tensors runs here, on a thread of its own, in order.
public actor DeviceWorker {
    /// The device.
    public nonisolated let device: Device
    private let thread: ComputeThread
    /// The models used last, latest first.
    private var opened: [(key: OpenedKey, pipeline: DarkroomPipeline)] = []
    /// Seconds spent on opening models that no report has told yet.
    private var untoldOpening = 0.0
    private static let mostOpened = 2
    /// What a benchmark of training works on.
    var trainingBench: TrainingBench?

    private struct OpenedKey: Hashable {
        let path: String
        let size: Int
        let modified: Date
        let precision: Precision
    }

    /// Jobs of this actor run on its own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// A worker for `device`; starts its thread.
    public init(device: Device) {
        self.device = device
        thread = ComputeThread(name: "darkroom.\(device)")
    }

    deinit { thread.close() }

    /// Runs `body` on the device's thread.
    ///
    /// It is synchronous on purpose: without an `await` inside, the engine's modes, which belong to the thread, cannot
    /// leak into other work.
    /// - Throws: what `body` throws.
    public func run<Result: Sendable, Failure: Error>(
        _ body: @Sendable (isolated DeviceWorker) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(self)
    }

    /// Seconds spent on opening models since this was asked last.
    func takeOpeningSeconds() -> Double {
        defer { untoldOpening = 0 }
        return untoldOpening
    }

    /// The pipeline of a model's file; a file that was used lately and has not changed is not read again.
    /// - Throws: what opening throws.
    public func pipeline(_ file: URL, precision: Precision) throws -> DarkroomPipeline {
        let facts = try? FileManager.default.attributesOfItem(atPath: file.path)
        let key = OpenedKey(
            path: file.path, size: facts?[.size] as? Int ?? 0,
            modified: facts?[.modificationDate] as? Date ?? .distantPast, precision: precision)
        if let place = opened.firstIndex(where: { $0.key == key }) {
            let found = opened.remove(at: place)
            opened.insert(found, at: 0)
            return found.pipeline
        }
        opened.removeLast(max(0, opened.count - Self.mostOpened + 1))
        let begin = ContinuousClock.now
        let pipeline = try DarkroomPipeline(opening: file, precision: precision, device: device)
        untoldOpening += begin.secondsSince
        opened.insert((key, pipeline), at: 0)
        return pipeline
    }
}

/// The workers, one a device, hired when first needed.
actor DeviceWorkers {
    private var workers: [Device: DeviceWorker] = [:]

    func worker(for device: Device) -> DeviceWorker {
        if let worker = workers[device] { return worker }
        let worker = DeviceWorker(device: device)
        workers[device] = worker
        return worker
    }
}
