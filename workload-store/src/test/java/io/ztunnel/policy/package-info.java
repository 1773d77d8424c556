/** Tests of authorization: one row for each rule of matching and deciding. */
@NullMarked
package io.ztunnel.policy;

import org.jspecify.annotations.NullMarked;
