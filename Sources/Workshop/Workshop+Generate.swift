import Foundation
import Pipelines
public import Recipes

extension Workshop {
    /// Draws; what happens comes as events, the pictures' files last of all.
    ///
    /// No event is dropped, however slowly they are taken. Giving up the stream, or cancelling the task that reads it,
    /// stops the drawing within one step; pictures already written stay. Whoever must know when it has stopped calls
    /// `draw(_:replacing:onEvent:)`.
    public func generate(
        _ request: GenerationRequest, replacing: Bool = false
    ) -> AsyncThrowingStream<GenerationEvent, any Error> {
        AsyncThrowingStream { continuation in
            let work = Task {
                do {
                    _ = try await draw(request, replacing: replacing) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    /// Draws and returns when all is done or has stopped.
    ///
    /// - Parameters:
    ///   - request: what to draw; `resolved(_:)` fills in what it leaves open.
    ///   - replacing: true to overwrite files of the same name instead of taking a free name.
    ///   - onEvent: called on the device's thread, in order.
    /// - Returns: what was made and what it took.
    /// - Throws: `CancellationError` within one step of the task's cancelling; otherwise what refuses the request,
    ///   the model or the files.
    public func draw(
        _ request: GenerationRequest, replacing: Bool = false,
        onEvent: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
    ) async throws -> GenerationReport {
        let start = ContinuousClock.now
        let reference = try shelf.model(request.model)
        let options = try options(of: request)
        let worker = try await worker(for: request.device, threads: request.threads)
        let checked = try GenerationInputs(of: request, surroundings)
        // It is needed when the first picture is written, not before.
        let mark = PendingMark(of: reference.file)
        let guide = try request.guidance.guideModel.map { PendingMark(of: try shelf.model($0).file) }
        return try await worker.run { worker in
            // A model that was opened to resolve the request was opened for this drawing.
            let earlier = worker.takeOpeningSeconds()
            try checkMemory(for: request, model: reference.file, checked, on: worker.device)
            defer { _ = worker.takeOpeningSeconds() }
            let drawing = try Drawing(
                worker.pipeline(reference.file, options), of: request, guide: guide,
                names: PictureNames(surroundings: surroundings), isReplacing: replacing, start: start,
                openedFor: earlier, onNotice: { onEvent(.notice($0)) })
            return try drawing.run(modelName: reference.name, mark, onEvent: onEvent)
        }
    }

    /// The request with nothing left open: the model's name and defaults, and a fresh seed where there is none.
    ///
    /// - Throws: `WorkshopError` when there is no such model; `PipelineError` when it cannot draw that.
    public func resolved(_ request: GenerationRequest) async throws -> GenerationRequest {
        let reference = try shelf.model(request.model)
        let options = try options(of: request)
        let worker = try await worker(for: request.device, threads: request.threads)
        let inputs = try GenerationInputs(of: request, surroundings)
        var resolved = try await worker.run { worker in
            try checkMemory(for: request, model: reference.file, inputs, on: worker.device)
            return try worker.pipeline(reference.file, options).resolved(request, inputs)
        }
        resolved.model = request.model ?? reference.name
        if resolved.seeds.isEmpty { resolved.seeds = [surroundings.freshSeed()] }
        return resolved
    }

    /// What a request says about how its model is opened.
    /// - Throws: `WorkshopError.unknownModel` for a refiner or a guide that is not at hand.
    func options(of request: GenerationRequest) throws(WorkshopError) -> ModelOptions {
        ModelOptions(
            precision: request.precision,
            adapters: request.adapters.map { .init(file: surroundings.url($0.file), scale: $0.scale) },
            embeddings: request.embeddings.map { surroundings.url($0) }, vocabulary: shelf.vocabulary,
            tiling: request.tiling, refiner: try file(of: request.refiner?.model),
            guide: try file(of: request.guidance.guideModel))
    }

    private func file(of model: String?) throws(WorkshopError) -> URL? {
        guard let model else { return nil }
        return try shelf.model(model).file
    }
}
