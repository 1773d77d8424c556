package io.ztunnel.sandbox.conformance;

import io.ztunnel.sandbox.conformance.mesh.ConformanceMesh;
import io.ztunnel.sandbox.conformance.peer.DnsCall;
import io.ztunnel.sandbox.conformance.scenario.Step;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks what a scenario has an application ask, and compares what comes back. */
final class DnsCheck {
    private DnsCheck() {}

    static void run(ConformanceMesh mesh, Stage stage, Step.Dns step) throws FailedException {
        String query = stage.expand(step.query());
        DnsCall.Question question =
                new DnsCall.Question(query, stage.expand(step.type()), step.edns());
        DnsCall.Reply reply;
        try {
            reply =
                    DnsCall.ask(
                            mesh.place(step.from()),
                            mesh.nameServer(),
                            question,
                            step.tcp(),
                            step.within());
        } catch (IOException silence) {
            throw new FailedException("no answer for " + query + ": " + silence.getMessage());
        }
        Optional<String> wrong = complaint(stage, step, reply);
        if (wrong.isPresent()) {
            throw new FailedException(wrong.get() + ": " + reply);
        }
    }

    private static Optional<String> complaint(Stage stage, Step.Dns step, DnsCall.Reply reply) {
        if (!reply.code().equalsIgnoreCase(step.code())) {
            return Optional.of("the code is not " + step.code());
        }
        if (!step.flags().isEmpty() && !reply.flags().equals(step.flags())) {
            return Optional.of("the flags are not '" + step.flags() + "'");
        }
        if (step.count() >= 0) {
            return reply.answers().size() == step.count()
                    ? Optional.empty()
                    : Optional.of("there are not " + step.count() + " answers");
        }
        List<String> left = new ArrayList<>(reply.answers());
        for (String wanted : step.answers()) {
            TextMatch match = TextMatch.of(wanted, stage);
            Optional<String> found = left.stream().filter(match::matches).findFirst();
            if (found.isEmpty()) {
                return Optional.of("there is no answer " + match);
            }
            left.remove(found.get());
        }
        return left.isEmpty() ? Optional.empty() : Optional.of("more is answered than expected");
    }
}
