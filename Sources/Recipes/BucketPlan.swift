/// Pictures of several shapes in one training: each picture from a file is trained at the size whose shape is nearest to
/// its own, so that little of it is cut away.
///
/// All sizes have about as many pixels as a square of `data.resolution`. Source: NovelAI's "aspect ratio bucketing"
/// (2022), with the list of sizes that kohya-ss/sd-scripts makes (`make_bucket_resolutions`).
public struct BucketPlan: Codable, Equatable, Sendable {
    /// A size of pictures, in pixels.
    public struct Size: Hashable, Sendable {
        /// Columns.
        public let width: Int
        /// Rows.
        public let height: Int

        /// A size.
        public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
    }
    /// The shortest side, in pixels.
    public var minimum: Int
    /// The longest side, in pixels.
    public var maximum: Int
    /// Sides are multiples of this.
    public var step = 16
    /// A shape that fewer pictures have is not used: they go to the nearest one that more have.
    public var fewest = 1

    /// Sides from `minimum` to `maximum`.
    public init(minimum: Int, maximum: Int, step: Int = 16, fewest: Int = 1) {
        (self.minimum, self.maximum, self.step, self.fewest) = (minimum, maximum, step, fewest)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case minimum, maximum, step, fewest }

    /// Reads an object; `minimum` and `maximum` are needed.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        minimum = try fields.required(.minimum, in: 8...4096)
        maximum = try fields.required(.maximum, in: 8...4096)
        step = try fields.value(.step, or: step, in: 1...1024)
        fewest = try fields.value(.fewest, or: fewest, in: 1...1_000_000_000)
        guard minimum.isMultiple(of: step) else {
            throw fields.outOfRange(.minimum, "a multiple of step, which is \(step)")
        }
    }

    /// The sizes for pictures of about `resolution`² pixels, the square first.
    ///
    /// Where `resolution` is another than the `base` that the plan is about (a stage of a recipe), sizes are those of the
    /// base in the same order, scaled and rounded to `multiple`. None has more pixels than the square.
    public func sizes(resolution: Int, base: Int? = nil, multiple: Int = 1) -> [Size] {
        let area = resolution * resolution
        guard let base, base != resolution else { return sizes(area: area, resolution) }
        func scaled(_ side: Int) -> Int {
            max(1, (side * resolution + base * multiple / 2) / (base * multiple)) * multiple
        }
        return sizes(resolution: base).map { size in
            var (width, height) = (scaled(size.width), scaled(size.height))
            while width * height > area, max(width, height) > multiple {
                if width > height { width -= multiple } else { height -= multiple }
            }
            return Size(width: width, height: height)
        }
    }

    private func sizes(area: Int, _ side: Int) -> [Size] {
        var sizes = [Size(width: side, height: side)]
        for width in stride(from: minimum, through: maximum, by: step) {
            let height = min(maximum, area / width) / step * step
            guard height >= minimum else { continue }
            for size in [Size(width: width, height: height), Size(width: height, height: width)]
            where width != height && !sizes.contains(size) {
                sizes.append(size)
            }
        }
        return sizes
    }

    /// Refuses what the network or the rest of the recipe cannot do.
    func check(_ recipe: TrainingRecipe) throws(RecipeError) {
        func wrong(_ problem: String, _ remedy: String) -> RecipeError {
            .contradiction(path: "data.buckets", problem: problem, remedy: remedy)
        }
        guard recipe.data.hasPictureFiles else {
            throw wrong(
                "no source of data has pictures of different shapes",
                "leave buckets out, or add a folder or shards")
        }
        if case .pixelTransformer = recipe.model {
            throw wrong(
                "the pixel transformer knows the places of one size only",
                "choose a unet, or leave buckets out")
        }
        let multiple = recipe.model.sizeMultiple
        guard step.isMultiple(of: multiple) else {
            throw wrong(
                "the network needs sides that are multiples of \(multiple), and step is \(step)",
                "set data.buckets.step to \((step + multiple - 1) / multiple * multiple)")
        }
        let resolution = recipe.data.resolution
        guard minimum <= resolution, resolution <= maximum else {
            throw wrong(
                "sides go from \(minimum) to \(maximum), and the square of data.resolution has \(resolution)",
                "let minimum and maximum enclose \(resolution)")
        }
    }
}
