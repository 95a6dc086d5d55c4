import Recipes
import Testing

@Suite struct BucketPlanTests {
    private func texts(_ sizes: [BucketPlan.Size]) -> [String] { sizes.map { "\($0.width)x\($0.height)" } }

    @Test func sizesHaveAboutThePixelsOfTheSquare() {
        let plan = BucketPlan(minimum: 48, maximum: 96, step: 16)
        #expect(texts(plan.sizes(resolution: 64)) == ["64x64", "48x80", "80x48"])
        // The list that kohya-ss/sd-scripts makes for 512 pixels, sides 256 to 1024 in steps of 64.
        let large = BucketPlan(minimum: 256, maximum: 1024, step: 64)
        #expect(
            Set(texts(large.sizes(resolution: 512))) == [
                "256x1024", "320x768", "384x640", "448x576", "512x512", "576x448", "640x384", "704x320",
                "768x320", "832x256", "896x256", "960x256", "1024x256", "320x704", "256x832", "256x896",
                "256x960",
            ])
        for size in large.sizes(resolution: 512) { #expect(size.width * size.height <= 512 * 512) }
    }

    @Test func stagesScaleTheSizes() {
        let plan = BucketPlan(minimum: 48, maximum: 96, step: 16)
        #expect(texts(plan.sizes(resolution: 32, base: 64, multiple: 8)) == ["32x32", "24x40", "40x24"])
        #expect(texts(plan.sizes(resolution: 16, base: 64, multiple: 8)) == ["16x16", "16x16", "16x16"])
        for resolution in stride(from: 16, through: 128, by: 8) {
            for size in plan.sizes(resolution: resolution, base: 64, multiple: 8) {
                #expect(size.width * size.height <= resolution * resolution)
                #expect(size.width.isMultiple(of: 8) && size.height.isMultiple(of: 8))
            }
        }
        #expect(texts(plan.sizes(resolution: 64, base: 64, multiple: 8)) == ["64x64", "48x80", "80x48"])
    }

    private func recipe(_ buckets: String, _ rest: String = "") throws -> TrainingRecipe {
        try TrainingRecipe.decoded(
            from: #"{"data": {"folder": "photos", "buckets": \#(buckets)}\#(rest)}"#)
    }

    @Test func plansReadBack() throws {
        let found = try recipe(#"{"minimum": 48, "maximum": 96}"#)
        #expect(found.data.buckets == BucketPlan(minimum: 48, maximum: 96))
        #expect(try TrainingRecipe.decoded(from: found.json()) == found)
        let changed = try found.applying(overrides: ["data.buckets.step=8", "data.buckets.fewest=5"])
        #expect(changed.data.buckets == BucketPlan(minimum: 48, maximum: 96, step: 8, fewest: 5))
        #expect(try changed.applying(overrides: ["data.buckets=null"]).data.buckets == nil)
        #expect(
            try recipe("null").applying(overrides: [#"data.buckets={"minimum": 48, "maximum": 96}"#]) == found
        )
    }

    @Test(arguments: [
        (#"{"minimum": 48}"#, "", #"data.buckets needs the key "maximum""#),
        (
            #"{"minimum": 40, "maximum": 96}"#, "",
            "data.buckets.minimum: expected a multiple of step, which is 16"
        ),
        (
            #"{"minimum": 80, "maximum": 96}"#, "",
            "sides go from 80 to 96, and the square of data.resolution has 64"
        ),
        (
            #"{"minimum": 48, "maximum": 96, "step": 4}"#, "",
            "the network needs sides that are multiples of 8, and step is 4"
        ),
        (
            #"{"minimum": 48, "maximum": 96}"#, #", "model": "transformer-base""#,
            "the pixel transformer knows the places of one size only"
        ),
        (#"{"minimum": 48, "maximum": 96, "steps": 8}"#, "", #"data.buckets has no key "steps""#),
    ])
    func whatCannotBeIsRefused(buckets: String, rest: String, message: String) throws {
        do {
            _ = try recipe(buckets, rest)
            Issue.record("read")
        } catch let error as RecipeError {
            #expect(error.summary.contains(message), "\(error.summary)")
            #expect(!error.advice.isEmpty)
        }
    }

    @Test func scenesAloneHaveOneShape() {
        let json = #"{"data": {"scenes": {}, "buckets": {"minimum": 48, "maximum": 96}}}"#
        #expect {
            try TrainingRecipe.decoded(from: json)
        } throws: {
            ($0 as? RecipeError)?.summary.contains("no source of data has pictures of different shapes")
                == true
        }
    }
}
