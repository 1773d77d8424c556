package io.ztunnel.sandbox.ambient;

import io.ztunnel.sandbox.manifest.KubeObject;
import io.ztunnel.sandbox.manifest.Problem;

import java.util.ArrayList;
import java.util.List;

/** What a build has to say beside its resources; lives within one build. */
final class Findings {
    private final List<Condition> conditions = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    void condition(Condition condition) {
        conditions.add(condition);
    }

    void problem(Problem problem) {
        problems.add(problem);
    }

    /** Converts one object; whatever goes wrong costs only that object. */
    void guard(KubeObject object, Runnable conversion) {
        try {
            conversion.run();
        } catch (RuntimeException e) {
            problems.add(
                    Problem.error(
                            object.origin(), "", object.key() + " cannot be converted: " + e));
        }
    }

    List<Condition> conditions() {
        return conditions;
    }

    List<Problem> problems() {
        return problems;
    }
}
