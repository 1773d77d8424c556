/**
 * Choosing one endpoint of a service: eligibility, locality ranking and the weighted pick. Pure.
 */
@NullMarked
package io.ztunnel.lb;

import org.jspecify.annotations.NullMarked;
