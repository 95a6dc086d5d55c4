import Checkpoints
import DurableFiles
import Foundation
import Images
import Networks
import Recipes

extension Trainer {
    /// Draws the sheet of sample pictures; what is drawn with an adapter's file is written for it.
    func draw(_ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void) throws {
        let stage = recipe.stage(at: session.imagesSeen)
        guard let run, recipe.samples.everyImages > 0, !stage.captionsOnly else { return }
        let sheet: Image
        if let model = try session.averagedModel() {
            guard let preview else { return }
            sheet = try preview(model, recipe, stage.resolution)
        } else {
            guard let adapterPreview else { return }
            try origin.export(session, to: run)
            sheet = try adapterPreview(origin.result(of: recipe, in: run.url), recipe, stage.resolution)
        }
        let file = run.sampleSheet(imagesSeen: session.imagesSeen)
        try DurableFile.write(sheet.pngData(), to: file)
        try tell(.samples(imagesSeen: session.imagesSeen, path: file.path))
    }
}

extension TrainingSession {
    /// Writes the models of all averages.
    func exportModels(with vocabulary: Vocabulary, to run: RunFolder) throws {
        for (index, average) in averages.enumerated() {
            try DarkroomModelFile.write(
                parameters: average.named,
                vectors: (vocabulary.vectors.quantized, vocabulary.vectors.scale),
                vocabulary: vocabulary.pieces, recipe: recipe.withoutCache.json(pretty: false),
                metadata: ["name": recipe.name, "images_seen": String(imagesSeen)],
                to: index == 0 ? run.model : run.model(average: index + 1))
        }
    }
}
