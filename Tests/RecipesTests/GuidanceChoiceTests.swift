import Recipes
import Testing

@Suite struct GuidanceChoiceTests {
    private func request(_ guidance: String) throws -> GuidanceChoice {
        try GenerationRequest.decoded(from: #"{"prompt": "x", "guidance": \#(guidance)}"#).guidance
    }

    @Test func everythingSurvivesTheRoundTrip() throws {
        for method in [
            GuidanceMethod.classifierFree, .projected(.init(eta: 0.2, momentum: -0.75, threshold: 2.5)),
            .optimizedScale(zeroSteps: 3),
        ] {
            for schedule in GuidanceSchedule.allCases {
                var request = GenerationRequest(
                    prompt: "x",
                    guidance: .init(scale: 2, schedule: schedule, method: method, guideModel: "small"))
                request.guidance.guideModelMark = "ab"
                for shift in [ShiftChoice.factor(3), .resolution, nil] {
                    request.flowShift = shift
                    #expect(try GenerationRequest.decoded(from: request.json()) == request)
                }
            }
        }
    }

    @Test func namesAloneTakeTheirDefaults() throws {
        #expect(try request(#"{"method": "apg"}"#).method == .projected(.init()))
        #expect(try request(#"{"method": {"apg": {"eta": 1}}}"#).method == .projected(.init(eta: 1)))
        #expect(try request(#"{"method": "cfg_zero"}"#).method == .optimizedScale(zeroSteps: 1))
        #expect(try GuidanceMethod(named: "CFG-Zero*") == .optimizedScale(zeroSteps: 1))
        #expect(try request("{}").schedule == .constant)
        for id in GuidanceMethod.ids { #expect(try GuidanceMethod(named: id).id == id) }
    }

    @Test(arguments: [
        (#"{"guidance": {"method": "apq"}}"#, #"guidance.method: there is no guidance method "apq""#),
        (
            #"{"guidance": {"schedule": "cosin"}}"#,
            #"guidance.schedule: there is no guidance schedule "cosin""#
        ),
        (
            #"{"guidance": {"method": {"apg": {"momentum": 1}}}}"#,
            "guidance.method.apg.momentum: expected a number between -1 and 1, found 1"
        ),
        (
            #"{"flowShift": 0}"#,
            #"flowShift: expected a number from 0.01 to 100, or "resolution", found 0.0"#
        ),
        (#"{"flowShift": "size"}"#, #"flowShift: there is no shift "size""#),
    ])
    func mistakesAreNamed(json: String, message: String) {
        let json = #"{"prompt": "x", "# + json.dropFirst()
        #expect(complaint(GenerationRequest.self, json)?.summary == message)
    }

    @Test func a1111TextNamesWhatIsUnusual() {
        var request = GenerationRequest(
            prompt: "x", guidance: .init(schedule: .linear, method: .projected(.init()), guideModel: "small"))
        request.flowShift = .factor(3)
        #expect(
            request.a1111Parameters
                == "x\nSeed: 0, Guidance schedule: linear, Guidance method: apg, Guide model: small, Shift: 3, "
                + "Version: Darkroom")
    }

    @Test func schedulesOfMoreKinds() throws {
        func schedule(_ json: String) throws -> ScheduleChoice {
            try TrainingRecipe.decoded(from: #"{"schedule": \#(json), "target": "velocity"}"#).schedule
        }
        #expect(try schedule(#""edm""#) == .edm(.init()))
        #expect(try schedule(#"{"edm": {"ofData": 1}}"#) == .edm(.init(ofData: 1)))
        let zero = try schedule(#"{"scaled_linear": {"zeroTerminalSNR": true}}"#)
        var betas = ScheduleChoice.Betas.scaledLinear
        betas.zeroTerminalSNR = true
        #expect(zero == .scaledLinear(betas) && zero.endsInPureNoise)
        var recipe = TrainingRecipe()
        recipe.target = .velocity
        for choice in [zero, .edm(.init(least: 0.01, greatest: 100, ofData: 0.4))] {
            recipe.schedule = choice
            #expect(try TrainingRecipe.decoded(from: recipe.json()) == recipe)
        }
        #expect(
            complaint(
                TrainingRecipe.self,
                #"{"schedule": {"linear": {"zeroTerminalSNR": true}}, "target": "epsilon"}"#)?.summary
                .hasPrefix("target: at the end of the schedule with zeroTerminalSNR") == true)
        #expect(
            complaint(TrainingRecipe.self, #"{"schedule": {"edm": {"least": 90}}}"#)?.summary
                == "schedule.edm.least: least 90.0 is not below greatest 80.0")
    }
}
