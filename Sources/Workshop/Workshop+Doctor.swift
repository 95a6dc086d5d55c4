import Foundation
import Pipelines
import Recipes
import Tensors

/// What is installed, which device there is, how fast it is, and what to do.
public struct HealthReport: Codable, Equatable, Sendable {
    /// The tensor library's version.
    public var libtorch: String
    /// The operating system.
    public var system: String
    /// The processor's name.
    public var processor: String
    /// The vector instructions that the tensor library uses.
    public var capability: String
    /// True when the processor multiplies bf16 by itself.
    public var nativeBFloat16: Bool
    /// True when products of bf16 are faster than those of single precision.
    public var gainsByBFloat16: Bool
    /// True when networks of bf16 take no longer than those of single precision.
    public var affordsBFloat16: Bool
    /// Processors that may be used.
    public var processors: Int
    /// Threads that one operation uses.
    public var threads: Int
    /// Devices that the tensor library can reach; models compute on the processor.
    public var devices: [String]
    /// Bytes of memory in all.
    public var memoryBytes: Int
    /// Bytes of memory that could be had now.
    public var freeMemoryBytes: Int?
    /// Bytes free on the disk of the current folder.
    public var freeDiskBytes: Int?
    /// The models at hand.
    public var models: [ShelfEntry]
    /// Where training would take its words from; nil when they are missing.
    public var wordVectors: String?
    /// How fast this machine is; nil when not measured.
    public var speed: Speed?
    /// What to do, most useful first; empty when all is well.
    public var advice: [String]

    /// Measured speeds.
    public struct Speed: Codable, Equatable, Sendable {
        /// Billion operations a second, products of 1024 × 1024 matrices in single precision.
        public var gigaflopsFP32: Double
        /// The same in bf16.
        public var gigaflopsBF16: Double
        /// Seconds for one guided step of the default model; nil without a model.
        public var secondsPerStep: Double?
        /// Processors that other programs kept busy meanwhile; nil where the system does not say.
        public var processorsBusyElsewhere: Double?
    }
}

extension Workshop {
    /// Looks the machine over.
    ///
    /// - Parameter isMeasuring: false to leave out the speed, which takes a second or two.
    /// - Returns: what was found, and what to do about it.
    /// - Throws: what the tensor library throws when it cannot compute at all.
    public func health(isMeasuring: Bool = true) async throws -> HealthReport {
        let worker = try await worker()
        let entries = shelfEntries()
        let words: String? =
            switch try? wordVectors(for: TrainingRecipe()) {
            case .miniLM(let folder): folder.path
            case .model(let file): file.path
            case .base, nil: nil
            }
        let model = entries.first { $0.model != nil }
        let speed: HealthReport.Speed? =
            isMeasuring
            ? try await worker.run {
                try SpeedProbe.measure(on: $0, model: model.map { URL(filePath: $0.path) })
            }
            : nil
        var report = await worker.run { _ in
            HealthReport(
                libtorch: Engine.version, system: ProcessInfo.processInfo.operatingSystemVersionString,
                processor: Machine.processor, capability: Engine.cpuCapability,
                nativeBFloat16: Engine.multipliesBFloat16, gainsByBFloat16: Engine.gainsByBFloat16,
                affordsBFloat16: Device.cpu.affordsBFloat16,
                processors: Machine.processors,
                threads: Engine.threadCount, devices: Device.available.map(\.description),
                memoryBytes: Machine.memory, freeMemoryBytes: Machine.freeMemory,
                freeDiskBytes: Machine.freeDisk(at: surroundings.currentFolder), models: entries,
                wordVectors: words, speed: speed, advice: [])
        }
        report.advice = advice(on: report)
        return report
    }

    private func advice(on report: HealthReport) -> [String] {
        var advice: [String] = []
        if !report.models.contains(where: { $0.model != nil }) {
            advice += WorkshopError.noModels(folders: shelf.folders).advice
        }
        for entry in report.models {
            if let problem = entry.problem { advice.append("\(entry.name) cannot be read: \(problem)") }
        }
        if report.wordVectors == nil {
            advice.append("training needs word vectors: Scripts/bootstrap brings them")
        }
        if let free = report.freeMemoryBytes, free < 1 << 30 {
            advice.append("less than 1 GB of memory is free: close other programs before training")
        }
        if let free = report.freeDiskBytes, free < 2 << 30 {
            advice.append("less than 2 GB of disk is free here: a training run keeps about 0.5 GB")
        }
        if let busy = report.speed?.processorsBusyElsewhere, busy > 0.5 {
            advice.append(
                "other programs kept \(String(format: "%.1f", busy)) processors busy while the speed was measured: "
                    + "measure again when it is quiet")
        }
        if report.devices.contains("mps") {
            advice.append(
                "--device mps computes on the GPU; auto stays on the processor, where it is tested more")
        }
        return advice
    }
}

/// A quick look at how fast the machine computes.
enum SpeedProbe {
    static func measure(on worker: isolated DeviceWorker, model: URL?) throws -> HealthReport.Speed {
        let (busy, own, begin) = (Machine.busySeconds, Machine.ownSeconds, ContinuousClock.now)
        let single = try gigaflops(.float32)
        let half = try gigaflops(.bfloat16)
        let step = try model.map { try secondsPerStep(worker.pipeline($0)) }
        let elapsed = begin.secondsSince
        let elsewhere = busy.flatMap { before in
            Machine.busySeconds.map { max(0, ($0 - before - (Machine.ownSeconds - own)) / elapsed) }
        }
        return HealthReport.Speed(
            gigaflopsFP32: single, gigaflopsBF16: half, secondsPerStep: step,
            processorsBusyElsewhere: elsewhere)
    }

    /// What drawing is timed by, each a second.
    struct Rates {
        /// Operations of a denoising network: as many in 3 × 3 convolutions as in linear maps, about as U-Nets have them.
        let network: Double
        /// Operations of 3 × 3 convolutions, of which autoencoders are made.
        let convolutions: Double
        /// Bytes that element-wise work reads and writes.
        let bytes: Double
    }

    /// A level of a network: what it multiplies is smaller, and slower for it, where the picture is.
    struct Level {
        var channels = 320
        /// Pixels along a side.
        var side = 32
    }

    /// How fast products in a type are at a level, with weights packed as networks have them, and element-wise work.
    static func rates(_ type: DType, at level: Level) throws -> Rates {
        let type = type == .float16 ? .float32 : type
        let linear = try linearMap(type, level)
        let inNetwork = try convolution(type, level, batch: 2)
        let convolutions = try convolution(type, Level(channels: 256, side: 64), batch: 1)
        let block = try Tensor.ones([32 << 20]).to(type)
        _ = try block + block
        let begin = ContinuousClock.now
        var count = 0
        while count < 2 || begin.secondsSince < 0.2 {
            _ = try block + 1
            count += 1
        }
        let moved = Double(2 * block.count * type.byteCount * count)
        return Rates(
            network: 2 / (1 / linear + 1 / inNetwork), convolutions: convolutions,
            bytes: moved / begin.secondsSince)
    }

    private static func linearMap(_ type: DType, _ level: Level) throws -> Double {
        let (rows, width) = (2 * level.side * level.side, level.channels)
        let x = try Tensor.ones([rows, width]).to(type)
        let weight = try Tensor.ones([width, width]).to(type).packedForLinear()
        return try 1e9
            * gigaflops(of: 2 * Double(rows * width) * Double(width)) {
                _ = try x.linear(packedWeight: weight, bias: nil)
            }
    }

    private static func convolution(_ type: DType, _ level: Level, batch: Int) throws -> Double {
        let (channels, side) = (level.channels, level.side)
        let picture = try Tensor.ones([batch, channels, side, side]).to(type).channelsLast()
        let kernels = try Tensor.ones([channels, channels, 3, 3]).to(type)
            .packedForConvolution(stride: 1, padding: 1)
        return try 1e9
            * gigaflops(of: 2 * Double(batch * side * side * channels) * Double(9 * channels)) {
                _ = try picture.conv2d(packedWeight: kernels, bias: nil, stride: 1, padding: 1)
            }
    }

    /// Operations a second of products of bytes, what is multiplied being rounded in each.
    static func operationsInBytes() throws -> Double {
        let x = try Tensor.ones([side, side]).to(.bfloat16)
        let weight = try ByteWeight(matrix: x, quantizingInputs: true)
        return try 1e9 * gigaflops { _ = try weight.linear(x, bias: nil) }
    }

    private static let side = 1024

    private static func gigaflops(_ type: DType) throws -> Double {
        let matrix = try Tensor.ones([side, side]).to(type)
        return try gigaflops { _ = try matrix.matmul(matrix) }
    }

    /// Of a product of so many operations; of three equal sides unless told otherwise.
    private static func gigaflops(
        of operations: Double = 2 * Double(side * side * side), _ product: () throws -> Void
    ) throws -> Double {
        try product()
        let begin = ContinuousClock.now
        var count = 0
        while count < 3 || begin.secondsSince < 0.25 {
            try product()
            count += 1
        }
        return operations * Double(count) / begin.secondsSince / 1e9
    }

    private static func secondsPerStep(_ pipeline: any Pipeline) throws -> Double {
        let request = GenerationRequest(prompt: "a red sphere", steps: 6)
        var marks: [ContinuousClock.Instant] = []
        _ = try pipeline.generate(request) { _ in marks.append(.now) }
        guard let first = marks.first, let last = marks.last, marks.count > 1 else { return 0 }
        return (last - first) / .seconds(1) / Double(marks.count - 1)
    }
}
