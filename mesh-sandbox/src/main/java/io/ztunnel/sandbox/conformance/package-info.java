/**
 * The conformance suite: runs scenarios against any ztunnel, which is asked nothing but what an
 * operator or a peer could ask, and says which rules hold. Uses real namespaces and must run as
 * root. One thread runs everything; it must be a platform thread.
 */
@NullMarked
package io.ztunnel.sandbox.conformance;

import org.jspecify.annotations.NullMarked;
