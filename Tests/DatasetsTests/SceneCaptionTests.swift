import Datasets
import Testing

@Suite struct SceneCaptionTests {
    /// True when a claim about a thing agrees with the thing.
    private func agrees(_ claim: CaptionClaims.Thing, _ object: SceneObject) -> Bool {
        claim.shape == object.shape && (claim.colour ?? object.colour) == object.colour
            && (claim.material ?? object.material) == object.material
            && (claim.size ?? object.size) == object.size
            && (claim.place ?? object.place) == object.place
    }

    private func check(_ caption: String, _ scene: SceneAttributes) throws {
        let claims = try CaptionReader.read(caption)
        if let bonfire = scene.bonfire {
            #expect(claims.fire && claims.things.count == 1, "\(caption)")
            #expect((claims.things[0].size ?? bonfire.size) == bonfire.size, "\(caption)")
            #expect((claims.things[0].place ?? bonfire.place) == bonfire.place, "\(caption)")
            #expect(
                claims.grounds.isEmpty && claims.settings.isEmpty || claims.grounds == [bonfire.ground],
                "\(caption)")
        } else {
            #expect(!claims.fire, "\(caption)")
            #expect(claims.settings.isSubset(of: [scene.setting]), "\(caption)")
            #expect(claims.things.count == scene.objects.count, "\(caption)")
            #expect(claims.shelves == (scene.setting == .library && scene.objects.isEmpty), "\(caption)")
        }
        if let order = claims.order {
            #expect(zip(order, scene.objects).allSatisfy(agrees), "\(caption) \(scene.objects)")
        }
        for claim in claims.things where claim.shape != nil {
            #expect(scene.objects.contains { agrees(claim, $0) }, "\(caption)")
        }
        #expect((claims.time ?? scene.time) == scene.time, "\(caption)")
        #expect(claims.light == nil || claims.light == scene.light, "\(caption)")
        #expect((claims.style ?? .photo) == scene.style, "\(caption)")
        #expect(claims.lighting == nil || claims.lighting == scene.library?.lighting, "\(caption)")
        #expect(claims.tall == nil || claims.tall == scene.library?.tall, "\(caption)")
        if scene.style == .lineDrawing {
            #expect(
                claims.time == nil && claims.things.allSatisfy { $0.colour == nil && $0.material == nil },
                "\(caption)")
            for word in ["gray", "green", "colorful", "glowing", "burning"] {
                #expect(!caption.contains(word), "\(caption)")
            }
        }
    }

    @Test(arguments: SceneSplit.allCases) func noCaptionSaysAnythingFalse(split: SceneSplit) throws {
        let world = try SceneWorld(split: split)
        for index in 0..<6_000 {
            let scene = world.scene(at: index)
            for kind in [.varied(0), .varied(UInt64(index)), .full, .short] as [SceneCaption] {
                try check(scene.caption(kind), scene.attributes)
            }
        }
    }

    @Test func fullCaptionsStateEverythingThatIsSeen() throws {
        let world = try SceneWorld()
        for index in 0..<4_000 {
            let scene = world.scene(at: index)
            let claims = try CaptionReader.read(scene.caption(.full))
            let drawing = scene.attributes.style == .lineDrawing
            #expect(claims.style == scene.attributes.style)
            #expect(drawing || claims.time == scene.attributes.time)
            #expect(drawing || claims.light == scene.attributes.light)
            #expect(
                claims.lighting == scene.attributes.library.map(\.lighting).flatMap { $0 == .room ? nil : $0 }
            )
            if scene.attributes.objects.isEmpty { #expect(claims.tall == scene.attributes.library?.tall) }
            #expect(claims.grounds == (scene.attributes.bonfire.map { [$0.ground] } ?? claims.grounds))
            #expect(
                scene.attributes.bonfire != nil || claims.settings == [scene.attributes.setting]
                    || claims.shelves)
            for (claim, object) in zip(claims.order ?? claims.things, scene.attributes.objects) {
                #expect(claim.shape == object.shape && claim.size == object.size)
                #expect(drawing || claim.colour == object.colour)
                #expect(drawing || object.shape.isComposite || claim.material == object.material)
                #expect(scene.attributes.objects.count == 2 || claim.place == object.place)
            }
        }
    }

    @Test func captionsDependOnSceneAndVariantOnly() throws {
        let one = try SceneWorld()
        let two = try SceneWorld()
        var differing = 0
        for index in 0..<300 {
            #expect(one.caption(at: index, kind: .varied(4)) == two.caption(at: index, kind: .varied(4)))
            if one.caption(at: index, kind: .varied(4)) != one.caption(at: index, kind: .varied(5)) {
                differing += 1
            }
        }
        #expect(differing > 200)
    }

    @Test func fixedWordings() throws {
        let scene = SceneAttributes(
            objects: [
                SceneObject(.red, .cube, material: .shiny, size: .small, place: .left),
                SceneObject(.orange, .sphere, material: .metal, size: .medium, place: .right),
            ], setting: .meadow, time: .sunset, light: .behind, style: .cartoon)
        let picture = try Scene(attributes: scene, seed: 1)
        #expect(
            picture.caption(.full)
                == "a cartoon of a small red shiny cube to the left of a medium-sized orange metal sphere on a green meadow at sunset, backlit"
        )
        #expect(
            picture.caption(.short)
                == "a cartoon of a red cube to the left of an orange sphere on a green meadow")
        let library = try Scene(
            attributes: SceneAttributes(library: SceneLibrary(tall: true, lighting: .lamp), time: .night),
            seed: 1)
        #expect(library.caption(.short) == "bookshelves in a library")
        #expect(library.caption(.full) == "a photo of tall bookshelves in a library with a lamp at night")
        let fire = try Scene(attributes: SceneAttributes(bonfire: SceneBonfire(ground: .beach)), seed: 1)
        #expect(fire.caption(.short) == "a bonfire")
        #expect(
            fire.caption(.full) == "a photo of a medium-sized bonfire in the middle on a sandy beach at night"
        )
    }

    @Test func synonymsAndShortPromptsOccur() throws {
        let world = try SceneWorld()
        let captions = Set((0..<20_000).map { world.caption(at: $0) })
        let all = captions.joined(separator: "\n")
        for word in [
            "ball", "donut", "ring", "glossy", "metallic", "violet", "grey", "turquoise", "cottage",
            "campfire",
            "toadstool", "backlit", "at dusk", "left of", "next to", "roof",
        ] {
            #expect(all.contains(word), "\(word)")
        }
        #expect(captions.contains("bookshelves in a library"))
        #expect(captions.contains("a bonfire at night"))
        #expect(captions.contains { $0.split(separator: " ").count <= 3 })
        #expect(captions.count > 14_000)
    }
}
