package io.ztunnel.sandbox.manifest;

/** Checks a ReferenceGrant, which lets objects of one namespace name those of another. */
final class ReferenceGrantRules {
    private ReferenceGrantRules() {}

    static void check(Fields spec) {
        spec.require("from");
        spec.require("to");
        for (Fields from : spec.objects("from")) {
            from.string("group");
            from.requiredString("kind");
            from.requiredString("namespace");
        }
        for (Fields to : spec.objects("to")) {
            to.string("group");
            to.requiredString("kind");
            to.string("name");
        }
    }
}
