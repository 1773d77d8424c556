package io.ztunnel.policy;

import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

/** A connection as the matchers of one evaluation see it; not to be shared between threads. */
final class Attributes {
    private final PolicyInput input;

    /** Put together at most once, and not at all for policies that ask for no principal. */
    private @Nullable String principal;

    Attributes(PolicyInput input) {
        this.input = input;
    }

    PolicyInput input() {
        return input;
    }

    /** Null for plain text. */
    @Nullable String principal() {
        Identity identity = input.sourceIdentity();
        if (principal == null && identity != null) {
            principal = identity.principal();
        }
        return principal;
    }

    /** Empty for plain text. */
    String namespace() {
        Identity identity = input.sourceIdentity();
        return identity == null ? "" : identity.namespace();
    }
}
