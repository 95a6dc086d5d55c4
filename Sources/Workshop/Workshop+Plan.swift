import Checkpoints
import Foundation
import Pipelines
public import Recipes
import Tensors

extension Workshop {
    /// What a request would take on this machine, before anything is loaded.
    ///
    /// - Parameters:
    ///   - request: what to draw.
    ///   - isTiming: false to leave out the time, for which the machine's speed is measured for a second.
    /// - Returns: memory, work and time; where the memory will not do, the cheapest changes that would fit.
    /// - Throws: `WorkshopError` when there is no such model; what refuses the request or the model's descriptions.
    public func plan(_ request: GenerationRequest, isTiming: Bool = true) async throws -> GenerationPlan {
        let reference = try shelf.model(request.model)
        let worker = try await worker(for: request.device, threads: request.threads)
        let inputs = try GenerationInputs(of: request, surroundings)
        let planner = Planner(
            model: reference.file, inputs: inputs, device: worker.device,
            available: worker.device == .cpu ? surroundings.freeMemory() : nil, options: options(of:))
        return try await worker.run { _ in
            var plan = try planner.plan(request)
            if isTiming {
                let speed = try SpeedProbe.rates(
                    planner.type(of: request), at: planner.middleLevel(of: request))
                let isRounded = request.precision.quantizesInputs ?? false && planner.device == .cpu
                plan.seconds = try plan.work.seconds(
                    operationsASecond: speed.convolutions,
                    networkOperationsASecond: isRounded ? SpeedProbe.operationsInBytes() : speed.network,
                    bytesASecond: speed.bytes)
            }
            return plan
        }
    }

    /// Refuses a request that the machine has not the memory for.
    ///
    /// What stands in the way of planning is for opening the model to say.
    func checkMemory(
        for request: GenerationRequest, model: URL, _ inputs: GenerationInputs, on device: Device
    ) throws {
        guard device == .cpu, let available = surroundings.freeMemory() else { return }
        let planner = Planner(
            model: model, inputs: inputs, device: device, available: available, options: options(of:))
        if planner.isSurelySmall(request) { return }
        guard let plan = try? planner.plan(request), !plan.fits else { return }
        throw WorkshopError.notEnoughMemory(
            needed: plan.peakMemoryBytes, available: plan.availableMemoryBytes ?? 0, changes: plan.changes)
    }
}

/// Plans one model's drawings.
struct Planner: Sendable {
    let model: URL
    let inputs: GenerationInputs
    let device: Device
    /// Bytes that could be had besides what the process holds; nil where that is not known.
    let available: Int?
    let options: @Sendable (GenerationRequest) throws -> ModelOptions

    /// Blocks of changing sizes leave holes in the heap: what it holds for each byte of activations that live at once.
    private static let activationShare = 1.6
    /// The same for each byte of weights, which are packed one after another while a model is opened.
    private static let weightShare = 1.07
    /// What widening weights in bytes, call by call, comes to for each byte of the largest one.
    ///
    /// It lives twice, in the plain layout and in the one that is multiplied, and blocks of changing sizes leave holes. Measured
    /// on Stable Diffusion 1.5.
    private static let widenedShare = 7.2
    /// What the tensor library's own code and tables come to once the networks have run.
    private static let library = 175 << 20

    /// The type that a request is computed in.
    func type(of request: GenerationRequest) -> DType {
        DarkroomPipeline.computeType(
            for: request.precision, on: device, isLarge: !DarkroomModelFile.isOne(model))
    }

    /// The level of the network that stands for all: the second of a latent model's, half as wide as its latents.
    func middleLevel(of request: GenerationRequest) throws -> SpeedProbe.Level {
        let whole = try bare(request).cost.request
        guard !DarkroomModelFile.isOne(model), let width = whole.width, let height = whole.height else {
            return SpeedProbe.Level()
        }
        let side = Int((Double(width) * Double(height)).squareRoot() / 16)
        return SpeedProbe.Level(channels: 640, side: min(128, max(4, side)))
    }

    /// The plan, with changes where it does not fit.
    func plan(_ request: GenerationRequest) throws -> GenerationPlan {
        let (plan, cost) = try bare(request)
        guard !plan.fits else { return plan }
        var changed = plan
        changed.changes = changes(cost.request)
        return changed
    }

    private func bare(_ request: GenerationRequest) throws -> (plan: GenerationPlan, cost: DrawingCost) {
        var inputs = inputs
        inputs.isDecodedInTiles = request.decodesInTiles ?? false
        let cost = try DrawingCost(of: request, model: model, try options(request), inputs, on: device)
        func held(_ bytes: Int) -> Int { Int(Double(bytes) * Self.activationShare) }
        let now = Machine.residentMemory
        let weights = Int(
            Double(cost.weightBytes) * Self.weightShare + Double(cost.widenedBytes) * Self.widenedShare)
        let memory = GenerationPlan.Memory(
            program: max(now, Self.library), weights: weights,
            network: held(cost.networkBytes),
            decoding: held(cost.decodingBytes))
        return (
            GenerationPlan(
                memory: memory, availableMemoryBytes: available.map { $0 + now }, work: cost.work), cost
        )
    }

    /// True where a generous guess without any tracing leaves half of the memory free.
    func isSurelySmall(_ request: GenerationRequest) -> Bool {
        guard let available, let width = request.width, let height = request.height else { return false }
        let factor = request.hires.map { $0.scale * $0.scale } ?? 1
        let pixels = Double(width) * Double(height) * factor
        return 4 * Double(ModelFootprint(of: model).bytes) + pixels * 32_768 + Double(Self.library)
            < Double(available) / 2
    }

    /// What would fit: single changes first, those that cost least at the top, then what they do together.
    private func changes(_ request: GenerationRequest) -> [String] {
        func fits(_ request: GenerationRequest) -> Bool { (try? bare(request).plan.fits) ?? false }
        var economical = request
        var found: [String] = []
        var flags: [String] = []
        func attempt(_ flag: String, _ change: (inout GenerationRequest) -> Void) {
            var alone = request
            change(&alone)
            if fits(alone) { found.append("add \(flag)") }
            change(&economical)
            flags.append(flag)
        }
        let isLatent = (try? bare(request).cost.decodingBytes > 0) ?? false
        if isLatent, request.decodesInTiles != true { attempt("--vae-tiling") { $0.decodesInTiles = true } }
        if type(of: request) == .float32 {
            attempt("--dtype bf16") { $0.precision = .bf16 }
        }
        if isLatent, request.precision.quantizesInputs == nil {
            attempt("--dtype int8") { $0.precision = .int8 }
        }
        if found.isEmpty, let size = smaller(request, fits) { found.append("draw \(size)") }
        if found.isEmpty {
            // Of two types the later, smaller one counts.
            let isByte = flags.contains("--dtype int8")
            let all = flags.filter { $0 != "--dtype bf16" || !isByte }.joined(separator: " ")
            if fits(economical) {
                found.append("add \(all)")
            } else if let size = smaller(economical, fits) {
                found.append("add \(all) and draw \(size)")
            }
        }
        return found
    }

    /// The largest size of about the same shape, in steps of 64 pixels, that fits; nil when none does.
    private func smaller(_ request: GenerationRequest, _ fits: (GenerationRequest) -> Bool) -> String? {
        guard let width = request.width, let height = request.height, width > 64 else { return nil }
        var (low, high) = (1, (width - 1) / 64)
        var best: String?
        while low <= high {
            let middle = (low + high) / 2
            var smaller = request
            smaller.width = 64 * middle
            smaller.height = max(1, height * middle * 64 / width / 64) * 64
            if fits(smaller) {
                best =
                    "\(64 * middle) × \(smaller.height ?? 64) pixels (--width \(64 * middle) --height "
                    + "\(smaller.height ?? 64))"
                low = middle + 1
            } else {
                high = middle - 1
            }
        }
        return best
    }
}
