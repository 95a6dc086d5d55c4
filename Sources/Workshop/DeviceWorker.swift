public import Foundation
public import Pipelines
import Recipes
public import Tensors
import Training

/// The one who works on a device: everything that touches tensors runs here, on a thread of its own, in order.
public actor DeviceWorker {
    /// The device.
    public nonisolated let device: Device
    private let thread: ComputeThread
    /// The models used last, latest first.
    private var opened: [(key: OpenedKey, pipeline: any Pipeline)] = []
    /// Seconds spent on opening models that no report has told yet.
    private var untoldOpening = 0.0
    private static let mostOpened = 2
    /// What a benchmark of training works on.
    var trainingBench: TrainingBench?

    private struct OpenedKey: Hashable {
        let model: ModelFootprint
        let options: ModelOptions
        let others: [ModelFootprint]
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

    /// The pipeline of a model; one that was used lately and has not changed is not opened again.
    /// - Throws: what opening throws.
    public func pipeline(_ model: URL, _ options: ModelOptions = .init()) throws -> any Pipeline {
        let key = OpenedKey(
            model: ModelFootprint(of: model), options: options,
            others: options.otherFiles.map { ModelFootprint(of: $0) })
        if let place = opened.firstIndex(where: { $0.key == key }) {
            let found = opened.remove(at: place)
            opened.insert(found, at: 0)
            return found.pipeline
        }
        opened.removeLast(max(0, opened.count - Self.mostOpened + 1))
        let begin = ContinuousClock.now
        let pipeline = try PipelineFile.open(model, options, on: device)
        untoldOpening += begin.secondsSince
        opened.insert((key, pipeline), at: 0)
        return pipeline
    }

    /// The pipeline of a model that Darkroom trained, for work that other families do not know.
    /// - Throws: `WorkshopError.notADarkroomModel`; what opening throws.
    func darkroomPipeline(_ model: URL, precision: Precision, for work: String) throws -> DarkroomPipeline {
        guard let own = try pipeline(model, ModelOptions(precision: precision)) as? DarkroomPipeline else {
            throw WorkshopError.notADarkroomModel(model, work: work)
        }
        return own
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
