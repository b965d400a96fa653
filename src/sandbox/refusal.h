#pragma once

namespace ingress::sandbox {

/// From now on a system call that a filter of this process refuses fails with EPERM instead of
/// ending the process.
void SurviveRefusals();

/// From now on such a call is also told on standard error, each call once: a person has to know of
/// it, because either something of ours lacks a permission or somebody else's code runs here.
void TellRefusals();

}  // namespace ingress::sandbox
