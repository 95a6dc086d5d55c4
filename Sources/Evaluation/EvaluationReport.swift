public import Datasets
public import Recipes

/// A model's score card; `darkroom evaluate --json` prints it.
public struct EvaluationReport: Codable, Equatable, Sendable {
    /// How the pictures were drawn.
    public struct Settings: Codable, Equatable, Sendable {
        /// Pictures a prompt.
        public var seedsPerPrompt: Int
        /// The seed of prompts, noise and bootstrap.
        public var seed: UInt64
        /// Steps from noise to picture.
        public var steps: Int
        /// How strongly the prompt steers.
        public var guidanceScale: Double
        /// The solver.
        public var sampler: String
        /// Pixels a side.
        public var resolution: Int

        /// How pictures are drawn.
        public init(
            seedsPerPrompt: Int, seed: UInt64, steps: Int, guidanceScale: Double, sampler: String,
            resolution: Int
        ) {
            (self.seedsPerPrompt, self.seed, self.steps) = (seedsPerPrompt, seed, steps)
            (self.guidanceScale, self.sampler, self.resolution) = (guidanceScale, sampler, resolution)
        }

        enum CodingKeys: String, CodingKey {
            case seedsPerPrompt = "seeds_per_prompt"
            case seed, steps
            case guidanceScale = "guidance_scale"
            case sampler, resolution
        }
    }
    /// Paths of what was written.
    public struct Files: Codable, Equatable, Sendable {
        /// The folder.
        public var folder: String
        /// The page for people.
        public var page: String
        /// The contact sheet of the worst pictures.
        public var worst: String
        /// The contact sheet of the first pictures.
        public var unchosen: String

        /// Paths.
        public init(folder: String, page: String, worst: String, unchosen: String) {
            (self.folder, self.page, self.worst, self.unchosen) = (folder, page, worst, unchosen)
        }

        enum CodingKeys: String, CodingKey {
            case folder, page
            case worst = "contact_sheet"
            case unchosen = "unchosen_sheet"
        }
    }

    /// The world that the prompts are from.
    public var world: WorldName
    /// The model that drew.
    public var model: GenerationReport.Model
    /// The probe that read.
    public var probe: GenerationReport.Model
    /// How the pictures were drawn.
    public var settings: Settings
    /// The score card of each part.
    public var parts: [PartScore]
    /// Prompts longer than the model's text encoder reads; the end of such a prompt is lost on it.
    public var promptsCut: Int
    /// What was written.
    public var files: Files
    /// What it took.
    public var seconds: Double

    /// A score card.
    public init(
        world: WorldName, model: GenerationReport.Model, probe: GenerationReport.Model, settings: Settings,
        parts: [PartScore], promptsCut: Int, files: Files, seconds: Double
    ) {
        self.world = world
        (self.model, self.probe, self.settings, self.parts) = (model, probe, settings, parts)
        (self.promptsCut, self.files, self.seconds) = (promptsCut, files, seconds)
    }

    enum CodingKeys: String, CodingKey {
        case world, model, probe, settings, parts
        case promptsCut = "prompts_cut"
        case files, seconds
    }
}

extension SceneSplit {
    /// What the part is called on a score card.
    public var scoreTitle: String {
        switch self {
        case .train: "seen combinations"
        case .heldout: "held-out combinations"
        }
    }
}
