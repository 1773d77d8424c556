package io.ztunnel.daemon.proxy;

import io.ztunnel.policy.PolicyInput;

/** An open inbound connection whose authorization is checked again when policies change. */
interface PolicyWatched {
    PolicyInput policyInput();

    /** Ends it because {@code policy} (or the lack of a matching ALLOW) forbids it now. Any thread. */
    void revoke(String why);
}
