"""Addresses of the core's doors. Paths of kinds are English constants; labels are translated, addresses are not."""

from django.urls import path

from shuke.core import doors

urlpatterns = [
    path("search/", doors.search_box, name="search"),
    path("seen/", doors.seen, name="seen"),
    path("files/<int:pk>/", doors.file, name="file"),
    path("files/<int:pk>/remove/", doors.remove_file, name="remove-file"),
    path("undo/<int:pk>/", doors.undo_batch, name="undo"),
    path("views/<int:pk>/delete/", doors.delete_view, name="delete-view"),
    path("<slug:path>/", doors.record_list, name="list"),
    path("<slug:path>/new/", doors.create, name="create"),
    path("<slug:path>/filter/", doors.filter_list, name="filter"),
    path("<slug:path>/trash/", doors.trash, name="trash"),
    path("<slug:path>/lookup/", doors.lookup, name="lookup"),
    path("<slug:path>/views/", doors.save_view, name="save-view"),
    path("<slug:path>/<int:pk>/", doors.detail, name="detail"),
    path("<slug:path>/<int:pk>/edit/", doors.edit, name="edit"),
    path("<slug:path>/<int:pk>/field/<slug:name>/", doors.edit_field, name="edit-field"),
    path("<slug:path>/<int:pk>/do/<slug:name>/", doors.verb, name="verb"),
    path("<slug:path>/<int:pk>/delete/", doors.delete, name="delete"),
    path("<slug:path>/<int:pk>/restore/", doors.restore, name="restore"),
    path("<slug:path>/<int:pk>/history/", doors.history, name="history"),
    path("<slug:path>/<int:pk>/files/", doors.add_file, name="add-file"),
]
