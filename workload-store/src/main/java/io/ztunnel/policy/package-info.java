/**
 * L4 authorization: the policy model and the pure {@link io.ztunnel.policy.PolicyEngine}.
 *
 * <p>Functions of their arguments, callable from any thread; no I/O, no blocking.
 */
@NullMarked
package io.ztunnel.policy;

import org.jspecify.annotations.NullMarked;
