/** Tests of load balancing, by table and against a naive model. */
@NullMarked
package io.ztunnel.lb;

import org.jspecify.annotations.NullMarked;
