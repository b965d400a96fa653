# cmake -DSOURCE=<checkout> -DINPUT=<commit.h.in> -DOUTPUT=<commit.h> -P Commit.cmake
#
# Writes the commit that is built into a header, at each build; the file changes only with its
# content. Outside a checkout, as in an unpacked archive, the commit is empty.
execute_process(
  COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=7 --exclude=*
  OUTPUT_VARIABLE INGRESS_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(INGRESS_COMMIT "")
endif()
configure_file(${INPUT} ${OUTPUT} @ONLY)
